/** A command's argument, as node-redis takes it. */
export type RedisArgument = string | Buffer;

/** The Redis keys of one store. All share a hash tag and so a slot, since the scripts touch several at once. */
export interface RedisNames {
  /** A string: the number of the last invalidation and of the last one that covers more than a key. */
  readonly sequence: string;
  /** A sorted set: the keys invalidated lately, by number. */
  readonly keys: string;
  /** A sorted set: tags, namespaces and globs by the number of their last invalidation. */
  readonly scopes: string;
  readonly channel: string;
  readonly token: string;
  entry(key: string): RedisArgument;
  lease(key: string): RedisArgument;
  /** For SCAN: matches what `entry` returns. */
  readonly entryPattern: string;
  /** The key of what `entry` returned. */
  keyOf(name: Buffer): string;
}

/**
 * A string with half of a surrogate pair has no UTF-8 form: all such halves would become the same replacement character,
 * and two keys one. Such names are written as UTF-16 under a letter of their own.
 */
const join = (before: string, wellFormed: string, other: string, key: string): RedisArgument =>
  key.isWellFormed()
    ? `${before}${wellFormed}:${key}`
    : Buffer.concat([Buffer.from(`${before}${other}:`), Buffer.from(key, 'utf16le')]);

export const createNames = (prefix: string): RedisNames => {
  const before = `{${prefix}}:`;
  const entryStart = Buffer.byteLength(before) + 2;
  return {
    sequence: `${before}sequence`,
    keys: `${before}keys`,
    scopes: `${before}scopes`,
    channel: `${before}bus`,
    token: `${before}token`,
    entry: (key) => join(before, 'e', 'u', key),
    lease: (key) => join(before, 'l', 'm', key),
    entryPattern: `${before.replace(/[\\*?[\]^]/g, '\\$&')}[eu]:*`,
    keyOf: (name) => name.toString(name[entryStart - 2] === 0x75 ? 'utf16le' : 'utf8', entryStart),
  };
};
