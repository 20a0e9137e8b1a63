import { pointerInvalid, pointerMissing } from '../errors/documents.ts';
import { nearest } from '../names/distance.ts';
import { createAddedKeys } from './added-keys.ts';
import { absent, child, isObject, type JsonChange } from './json-change.ts';
import { formatPointer, indexIn, parsePointer } from './pointer.ts';

/** A value that changes, all else being as it was: who holds an earlier one keeps it. */
export interface Draft {
  /**
   * Keys that are added stand after those that were there, by the text `order` of what adds them, whatever comes first. Throws
   * `BATCH_JSON_POINTER`, and has changed nothing then.
   */
  change(change: JsonChange, order?: string): void;
  /** As it is, for who neither keeps nor changes it; keys that were added may stand in another order. */
  readonly peek: unknown;
  /** The same with its keys in order. */
  readonly settled: unknown;
  /** As it is, and stays whatever changes later. What changes next after it is asked for is copied first: ask for it rarely. */
  readonly value: unknown;
}

type Values = Readonly<Record<string, unknown>>;

/** `__proto__` is a key as any other, where an assignment would not make it one. */
const define = (object: object, key: string, value: unknown): void => {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else (object as Record<string, unknown>)[key] = value;
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

export const createDraft = (from: unknown): Draft => {
  let root = from;
  /** Nobody else has these yet: they may be changed as they stand. */
  let own = new WeakSet<object>();
  const addedKeys = createAddedKeys();

  const made = <Container extends object>(container: Container): Container => {
    own.add(container);
    return container;
  };
  const ownList = (list: readonly unknown[]): unknown[] => (own.has(list) ? (list as unknown[]) : made([...list]));
  const ownObject = (object: Values): Values => {
    if (own.has(object)) return object;
    // A spread takes over `__proto__` as any other key.
    const copy = made({ ...object });
    addedKeys.move(object, copy);
    return copy;
  };

  /** The same object, or its copy, with another value for a key. */
  const put = (object: Values, key: string, old: unknown, next: unknown, order: string): Values => {
    if (next === old) {
      // Made by two steps, as the way to what each has added: the first of them would have made it.
      if (next === absent || !addedKeys.isEarlier(object, key, order)) return object;
      const mine = ownObject(object);
      addedKeys.add(mine, key, order);
      return mine;
    }
    const mine = ownObject(object);
    if (next === absent) {
      delete (mine as Record<string, unknown>)[key];
      addedKeys.remove(mine, key);
      return mine;
    }
    define(mine, key, next);
    if (old === absent || addedKeys.isEarlier(mine, key, order)) addedKeys.add(mine, key, order);
    return mine;
  };

  const changeAt = (change: Exclude<JsonChange, { readonly type: 'merge' }>, order: string): unknown => {
    const { document, type } = change;
    const segments = parsePointer(document, change.pointer);
    const visit = (value: unknown, at: number): unknown => {
      if (at === segments.length) return type === 'remove' ? absent : change.value;
      const segment = segments[at] as string;
      if (Array.isArray(value)) {
        const index = indexIn(value, segment);
        if (index === undefined || (index === value.length && type === 'remove'))
          throw missing(document, value, segments, at);
        const isInserted = index === value.length || (type === 'insert' && at === segments.length - 1);
        const next = visit(isInserted ? absent : value[index], at + 1);
        if (!isInserted && next === value[index]) return value;
        const mine = ownList(value);
        if (next === absent) mine.splice(index, 1);
        else if (isInserted) mine.splice(index, 0, next);
        else mine[index] = next;
        return mine;
      }
      if (value === absent && type !== 'remove') return visit(made(segment === '-' ? [] : {}), at);
      if (!isObject(value)) throw missing(document, value, segments, at);
      const old = child(value, segment);
      if (old === absent && type === 'remove') throw missing(document, value, segments, at);
      return put(value, segment, old, visit(old, at + 1), order);
    };
    const changed = visit(root, 0);
    if (changed === absent) throw pointerInvalid(document, '');
    return changed;
  };

  const merged = (target: unknown, patch: unknown, order: string): unknown => {
    if (!isObject(patch)) return patch;
    let result: Values = isObject(target) ? target : made({});
    for (const [key, value] of Object.entries(patch)) {
      const old = child(result, key);
      result = put(result, key, old, value === null ? absent : merged(old, value, order), order);
    }
    return result;
  };

  const settle = (): void =>
    addedKeys.settle((object, keys) => {
      for (const key of keys) {
        const value = object[key];
        delete (object as Record<string, unknown>)[key];
        define(object, key, value);
      }
    });

  return {
    change(change, order = '') {
      root = change.type === 'merge' ? merged(root, change.value, order) : changeAt(change, order);
    },
    get peek() {
      return root;
    },
    get settled() {
      settle();
      return root;
    },
    get value() {
      settle();
      own = new WeakSet();
      return root;
    },
  };
};

/** What changes make of a value: all that they do not touch is the same objects. Throws `BATCH_JSON_POINTER`. */
export const applyChanges = (value: unknown, changes: readonly JsonChange[]): unknown => {
  const draft = createDraft(value);
  for (const change of changes) draft.change(change);
  return draft.value;
};
