import { pointerInvalid, pointerMissing } from '../errors/documents.ts';
import { nearest } from '../names/distance.ts';
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

const child = (value: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : absent;

/** The same but for one key. A spread and a computed key define `__proto__` as any other, where an assignment would not. */
const withKey = (value: Readonly<Record<string, unknown>>, key: string, next: unknown): unknown => {
  if (next !== absent) return { ...value, [key]: next };
  const { [key]: _, ...rest } = value;
  return rest;
};

const mostCompared = 1_000;

const missing = (document: string, value: unknown, segments: readonly string[], at: number): Error => {
  const above = formatPointer(segments.slice(0, at));
  const pointer = formatPointer(segments);
  if (Array.isArray(value))
    return pointerMissing(document, pointer, `${above || 'the list'} has ${value.length} items`);
  if (!isObject(value)) return pointerMissing(document, pointer, `${above || 'the whole'} is no object and no list`);
  const near = nearest(segments[at] as string, Object.keys(value).slice(0, mostCompared))[0]?.value;
  const meant =
    near === undefined ? undefined : formatPointer([...segments.slice(0, at), near, ...segments.slice(at + 1)]);
  return pointerMissing(document, pointer, `${above || 'the whole'} has no "${segments[at]}"`, meant);
};

const changeAt = (root: unknown, change: Exclude<JsonChange, { readonly type: 'merge' }>): unknown => {
  const { document, type } = change;
  const segments = parsePointer(document, change.pointer);
  const visit = (value: unknown, at: number): unknown => {
    if (at === segments.length) {
      if (type !== 'remove') return change.value;
      return absent;
    }
    const segment = segments[at] as string;
    const isLast = at === segments.length - 1;
    if (Array.isArray(value)) {
      const index = indexIn(value, segment);
      if (index === undefined || (index === value.length && type === 'remove'))
        throw missing(document, value, segments, at);
      const isInserted = index === value.length || (type === 'insert' && isLast);
      const next = visit(isInserted ? absent : value[index], at + 1);
      if (!isInserted && next === value[index]) return value;
      return next === absent ? value.toSpliced(index, 1) : value.toSpliced(index, isInserted ? 0 : 1, next);
    }
    if (value === absent && type !== 'remove') return visit(segment === '-' ? [] : {}, at);
    if (!isObject(value)) throw missing(document, value, segments, at);
    const old = child(value, segment);
    if (old === absent && type === 'remove') throw missing(document, value, segments, at);
    const next = visit(old, at + 1);
    return next === old ? value : withKey(value, segment, next);
  };
  const changed = visit(root, 0);
  if (changed === absent) throw pointerInvalid(document, '');
  return changed;
};

const merged = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch;
  let result = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    const old = child(result, key);
    const next = value === null ? absent : merged(old, value);
    if (next !== old) result = withKey(result, key, next) as typeof result;
  }
  return result;
};

/** What a change makes of a value: all that it does not touch is the same objects. Throws `BATCH_JSON_POINTER`. */
export const applyChange = (value: unknown, change: JsonChange): unknown =>
  change.type === 'merge' ? merged(value, change.value) : changeAt(value, change);

const mergeTouches = (target: unknown, patch: unknown, above: readonly string[]): readonly string[] => {
  if (!isObject(patch) || !isObject(target)) return [formatPointer(above)];
  return Object.entries(patch).flatMap(([key, value]) => mergeTouches(child(target, key), value, [...above, key]));
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
