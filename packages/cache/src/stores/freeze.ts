const isPlain = (value: object): boolean => {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Freezes plain objects and arrays in place, however deep. Everything else stays as it is: typed arrays cannot be frozen,
 * and class instances are their owner's business.
 */
export const freezeDeep = (root: unknown): void => {
  if (typeof root !== 'object' || root === null || !isPlain(root)) return;
  const open: object[] = [root];
  // An object that was frozen before may still hold others that are not. Remembering those alone ends cycles too.
  let frozenBefore: Set<object> | undefined;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (Object.isFrozen(node)) {
      frozenBefore ??= new Set();
      if (frozenBefore.has(node)) continue;
      frozenBefore.add(node);
    } else Object.freeze(node);
    for (const child of Object.values(node)) {
      if (typeof child === 'object' && child !== null && isPlain(child)) open.push(child);
    }
  }
};
