import { formatPointer, indexIn, parsePointer } from './pointer.ts';

/**
 * One change to one document: a path of a JSON file, relative to the root, or `name:` and a name for one without a file. Places are
 * JSON Pointers.
 */
export type JsonChange =
  /** Parents that are not there are made: objects, or a list where `-` follows. */
  | { readonly type: 'set'; readonly document: string; readonly pointer: string; readonly value: unknown }
  /** `add` of RFC 6902: in a list, what stands there moves on. */
  | { readonly type: 'insert'; readonly document: string; readonly pointer: string; readonly value: unknown }
  | { readonly type: 'remove'; readonly document: string; readonly pointer: string }
  /** A merge patch (RFC 7396). */
  | { readonly type: 'merge'; readonly document: string; readonly value: unknown };

/** Stands for a value where there is none. */
export const absent = Symbol('absent');

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const child = (value: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : absent;

const mergeTouches = (target: unknown, patch: unknown, above: readonly string[]): readonly string[] => {
  // Several may make what is on the way to what they add; what is no object is lost to one.
  if (!isObject(patch) || !(target === absent || isObject(target))) return [formatPointer(above)];
  const entries = Object.entries(patch);
  if (entries.length === 0 && target === absent) return [formatPointer(above)];
  return entries.flatMap(([key, value]) =>
    mergeTouches(target === absent ? absent : child(target, key), value, [...above, key]),
  );
};

/**
 * The places that a change touches. To take something out of a list, or to put it within, moves what comes after: that is the whole
 * list. What is put at the end moves nothing, and is the place `-`.
 */
export const pointersOf = (value: unknown, change: JsonChange): readonly string[] => {
  if (change.type === 'merge') return mergeTouches(value, change.value, []);
  const segments = [...parsePointer(change.document, change.pointer)];
  let at = value;
  for (const [depth, segment] of segments.entries()) {
    const isLast = depth === segments.length - 1;
    if (Array.isArray(at)) {
      const index = indexIn(at, segment);
      if (index === at.length) segments[depth] = '-';
      else if (isLast && change.type !== 'set') return [formatPointer(segments.slice(0, depth))];
      at = index === undefined ? absent : at[index];
    } else at = isObject(at) ? child(at, segment) : absent;
  }
  return [formatPointer(segments)];
};
