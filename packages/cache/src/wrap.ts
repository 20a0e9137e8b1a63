import type { Cache } from './cache.ts';
import { CacheError, optionInvalid } from './errors.ts';
import type { GetOrSetOptions } from './options.ts';
import type { MaybePromise } from './store.ts';

export interface WrapOptions<Arguments extends readonly unknown[]> extends Omit<GetOrSetOptions, 'signal'> {
  /** The key for these arguments. @default the name and the arguments as JSON, object keys in order */
  readonly key?: ((...args: Arguments) => string) | undefined;
  /** Begins the keys; needed for a function without a name, or with that of another. @default the function's name */
  readonly name?: string | undefined;
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Numbers that JSON would write as `null` or merge with another. */
const isOdd = (value: number): boolean => !Number.isFinite(value) || Object.is(value, -0);

/** What JSON would merge with something else starts with a NUL here; text that does gets one more. */
function distinct(this: unknown, name: string, part: unknown): unknown {
  // JSON has called `toJSON` by now: the argument itself is still in its place.
  const value = (this as Record<string, unknown>)[name];
  if (typeof value === 'string') return value.startsWith('\u0000') ? `\u0000${value}` : value;
  if (value === undefined) return '\u0000undefined';
  if (typeof value === 'number') return isOdd(value) ? `\u0000${Object.is(value, -0) ? '-0' : value}` : value;
  if (typeof value === 'boolean' || value === null || Array.isArray(value)) return part;
  if (typeof value !== 'object' || !isPlain(value))
    throw optionInvalid('key', typeof value, 'a key function, since these arguments are not plain data');
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** JSON in which equal data is equal text, whatever the order of an object's keys, and different data is not. */
const canonical = (value: unknown): string => {
  try {
    return JSON.stringify(value, distinct);
  } catch (error) {
    if (CacheError.isInstance(error)) throw error;
    throw optionInvalid(
      'key',
      'a value that contains itself',
      'a key function, since these arguments are not plain data',
    );
  }
};

/** The functions whose own names begin keys. */
export type WrappedNames = Map<string, WeakRef<object>>;

export const wrapFunction = <Value, Arguments extends readonly unknown[]>(
  cache: Pick<Cache<Value>, 'getOrSet'>,
  names: WrappedNames,
  fn: (...args: Arguments) => MaybePromise<Value>,
  options: WrapOptions<Arguments> = {},
): ((...args: Arguments) => Promise<Value>) => {
  const { key, name = fn.name, ...rest } = options;
  if (key === undefined && name === '')
    throw optionInvalid('name', '""', 'a name or a key function: this function has no name to begin its keys with');
  if (key === undefined && options.name === undefined) {
    const other = names.get(name)?.deref();
    if (other !== undefined && other !== fn)
      throw optionInvalid('name', `"${name}" by default`, 'one of its own: another function of that name has its keys');
    names.set(name, new WeakRef(fn));
  }
  const keyOf = key ?? ((...args: Arguments): string => `${name}:${canonical(args)}`);
  return async (...args) => cache.getOrSet(keyOf(...args), () => fn(...args), rest);
};
