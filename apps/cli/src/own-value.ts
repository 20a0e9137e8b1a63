/** The value that an object has itself under a name that somebody gave: `constructor` is one that every object inherits. */
export const ownValue = <Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
