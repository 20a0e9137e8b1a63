import type { Cache } from './cache.ts';
import { optionInvalid } from './errors.ts';
import type { EntryOptions } from './options.ts';
import { namespaceEnd } from './scopes.ts';
import { type WrappedNames, wrapFunction } from './wrap.ts';

/** A part of a cache with keys and tags of its own. */
export interface CacheNamespace<Value>
  extends Pick<
    Cache<Value>,
    'peek' | 'get' | 'getMany' | 'set' | 'getOrSet' | 'delete' | 'deleteMatching' | 'deleteTag' | 'wrap'
  > {
  /** Invalidates this namespace with all below it, or one below it. */
  clear(namespace?: string): Promise<void>;
  /** A namespace inside this one; clearing this one clears it too. */
  namespace<Other = Value>(name: string): CacheNamespace<Other>;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Characters that mean something in a glob stand for themselves in brackets. */
const literally = (text: string): string => text.replace(/[*?[]/g, '[$&]');

const checkName = (name: string): void => {
  if (typeof name !== 'string' || name === '' || name.includes(namespaceEnd))
    throw optionInvalid('namespace', name, 'a name that is not empty and has no control character U+001F in it');
};

/** `name` is the whole path, from the outermost namespace on. */
const partOf = <Value, Other>(
  cache: Pick<Cache<Value>, keyof CacheNamespace<Value>>,
  name: string,
): CacheNamespace<Other> => {
  const prefix = name + namespaceEnd;
  const wrapped: WrappedNames = new Map();
  const whole = cache as unknown as Pick<Cache<Other>, keyof CacheNamespace<Other>>;

  const tagged = <Options extends EntryOptions>(options: Options | undefined): Options | undefined =>
    // What is no list of names is left for the cache to refuse.
    Array.isArray(options?.tags) && options.tags.every(isName)
      ? { ...options, tags: options.tags.map((tag: string) => prefix + tag) }
      : options;

  const part: CacheNamespace<Other> = {
    peek: (key) => whole.peek(prefix + key),
    get: (key) => whole.get(prefix + key),
    getMany: async (keys) => {
      const found = await whole.getMany([...keys].map((key) => prefix + key));
      return new Map([...found].map(([key, value]) => [key.slice(prefix.length), value]));
    },
    set: (key, value, options) => whole.set(prefix + key, value, tagged(options)),
    getOrSet: (key, loader, options) =>
      whole.getOrSet(
        prefix + key,
        (context) =>
          loader({
            signal: context.signal,
            stale: context.stale,
            setOptions: (more) => context.setOptions(tagged(more) ?? more),
          }),
        tagged(options),
      ),
    delete: (key) => whole.delete(prefix + key),
    deleteMatching: (glob) => whole.deleteMatching(isName(glob) ? literally(prefix) + glob : glob),
    deleteTag: (...tags) => whole.deleteTag(...(tags.every(isName) ? tags.map((tag) => prefix + tag) : tags)),
    clear: (inner) => whole.clear(inner === undefined ? name : isName(inner) ? prefix + inner : inner),
    namespace: <Inner = Other>(inner: string) => {
      checkName(inner);
      return partOf<Other, Inner>(whole, prefix + inner);
    },
    wrap: (fn, options) => wrapFunction(part, wrapped, fn, options),
  };
  return part;
};

/** Keys get the namespace's name and a separator in front; that an entry belongs to it can be told from its key. */
export const inNamespace = <Value, Other = Value>(
  cache: Pick<Cache<Value>, keyof CacheNamespace<Value>>,
  name: string,
): CacheNamespace<Other> => {
  checkName(name);
  return partOf(cache, name);
};
