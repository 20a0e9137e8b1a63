import type { JsonChange } from '../../../src/index.ts';

const segmentsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replace(/~1/g, '/').replace(/~0/g, '~'));

const put = (parent: Record<string, unknown>, key: string, value: unknown): void => {
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
};

const mergeInto = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result = (isObject ? target : {}) as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else put(result, key, mergeInto(Object.hasOwn(result, key) ? result[key] : undefined, value));
  return result;
};

/** The same change by a copy of all of the document, changed in place; `undefined`: there is no such place. */
export const naiveChange = (document: unknown, change: JsonChange): { readonly value: unknown } | undefined => {
  const root = { value: structuredClone(document) };
  if (change.type === 'merge') return { value: mergeInto(root.value, structuredClone(change.value)) };
  let parent = root as unknown;
  let key = 'value';
  for (const segment of segmentsOf(change.pointer)) {
    const from = parent as Record<string, unknown>;
    const isThere = Array.isArray(from) ? Number(key) < from.length : Object.hasOwn(from, key);
    if (!isThere) {
      if (change.type === 'remove') return undefined;
      if (Array.isArray(from)) from.push(segment === '-' ? [] : {});
      else put(from, key, segment === '-' ? [] : {});
    }
    parent = from[key];
    if (typeof parent !== 'object' || parent === null) return undefined;
    key = segment;
    if (Array.isArray(parent)) {
      if (segment === '-') key = String(parent.length);
      else if (!/^(0|[1-9][0-9]*)$/.test(segment) || Number(segment) > parent.length) return undefined;
    }
  }
  const holder = parent as Record<string, unknown>;
  if (change.type === 'remove') {
    if (parent === root) return undefined;
    if (Array.isArray(holder)) {
      if (Number(key) >= holder.length) return undefined;
      holder.splice(Number(key), 1);
    } else if (Object.hasOwn(holder, key)) delete holder[key];
    else return undefined;
  } else if (Array.isArray(holder)) holder.splice(Number(key), change.type === 'insert' ? 0 : 1, change.value);
  else put(holder, key, change.value);
  return root;
};
