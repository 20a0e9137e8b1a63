import type { Cache } from './cache.ts';
import { optionInvalid } from './errors.ts';
import type { GetOrSetOptions } from './options.ts';
import type { MaybePromise } from './store.ts';

export interface WrapOptions<Arguments extends readonly unknown[]> extends Omit<GetOrSetOptions, 'signal'> {
  /** The key for these arguments. @default the name and the arguments as JSON, object keys in order */
  readonly key?: ((...args: Arguments) => string) | undefined;
  /** Begins the keys; needed for a function without a name. @default the function's name */
  readonly name?: string | undefined;
}

/** JSON in which equal data is equal text, whatever the order of an object's keys. Throws for what JSON cannot tell apart. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'function' || typeof part === 'symbol' || typeof part === 'bigint')
      throw optionInvalid('key', typeof part, 'a key function, since these arguments are not plain data');
    if (typeof part === 'number' && !Number.isFinite(part)) return `\u0000${part}`;
    if (part === undefined) return '\u0000undefined';
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const prototype: unknown = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null)
      throw optionInvalid('key', part.constructor?.name, 'a key function, since these arguments are not plain data');
    const record = part as Record<string, unknown>;
    return Object.fromEntries(
      Object.keys(record)
        .sort()
        .map((name) => [name, record[name]]),
    );
  });

export const wrapFunction = <Value, Arguments extends readonly unknown[]>(
  cache: Pick<Cache<Value>, 'getOrSet'>,
  fn: (...args: Arguments) => MaybePromise<Value>,
  options: WrapOptions<Arguments> = {},
): ((...args: Arguments) => Promise<Value>) => {
  const { key, name = fn.name, ...rest } = options;
  if (key === undefined && name === '')
    throw optionInvalid('name', '""', 'a name or a key function: this function has no name to begin its keys with');
  const keyOf = key ?? ((...args: Arguments): string => `${name}:${canonical(args)}`);
  return async (...args) => cache.getOrSet(keyOf(...args), () => fn(...args), rest);
};
