import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';
import { envelopeDamaged, optionInvalid } from './errors.ts';

/**
 * Encryption at rest, AES-256-GCM. Values alone are secret: the cache key, the tags, the times, the key id and the length
 * of the compressed value stay readable, since stores look entries up by them; all but the length are authenticated.
 */
export interface EncryptionOptions {
  /** Keys by id (1 to 64 characters of `[A-Za-z0-9._-]`, stored readably): 32 bytes each, or 64 hex digits, or base64 of 32 bytes. */
  readonly keys: Readonly<Record<string, Uint8Array | string>>;
  /**
   * Id of the key for new entries; the others only read, which is how a key is rotated. Rotate before 2^32 entries are
   * written under one key, by all processes together: at 100 a second that is 497 days.
   */
  readonly current: string;
}

/** Encrypts with the current key and decrypts with any. */
export interface Cipher {
  /** Id of the current key, in ASCII. */
  readonly keyId: Uint8Array;
  /** Fills `into`, which is `cipherOverheadBytes` longer than `plain`. `associated` is authenticated and not kept. */
  seal(associated: Uint8Array, plain: Uint8Array, into: Uint8Array): void;
  /** What `seal` was given as `plain`. Throws `CACHE_ENTRY_DAMAGED`: unknown key id, or anything changed. */
  open(keyId: string, associated: Uint8Array, sealed: Uint8Array): Uint8Array;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** What encrypting adds: nonce and authentication tag. */
export const cipherOverheadBytes: number = nonceBytes + tagBytes;

const idPattern = /^[A-Za-z0-9._-]{1,64}$/;
const hexPattern = /^[0-9A-Fa-f]{64}$/;
const base64Pattern = /^[A-Za-z0-9+/_-]{43}=?$/;

// Neither keys nor ids are shown in errors: one is easily given in the other's place.
const keyOf = (id: string, given: unknown): KeyObject => {
  if (typeof given === 'string') {
    if (hexPattern.test(given)) return createSecretKey(given, 'hex');
    if (base64Pattern.test(given)) return createSecretKey(given, 'base64');
  } else if (given instanceof Uint8Array && given.byteLength === keyBytes) return createSecretKey(given);
  const found =
    typeof given === 'string'
      ? `text of ${given.length} characters`
      : given instanceof Uint8Array
        ? `${given.byteLength} bytes`
        : `of type ${typeof given}`;
  throw optionInvalid(`encryption.keys.${id}`, found, '32 bytes, or 64 hex digits, or base64 of 32 bytes');
};

const keysOf = (keys: unknown): Map<string, KeyObject> => {
  if (typeof keys !== 'object' || keys === null) {
    throw optionInvalid('encryption.keys', `of type ${typeof keys}`, 'an object of keys by id');
  }
  const entries = Object.entries(keys);
  if (!entries.every(([id]) => idPattern.test(id))) {
    throw optionInvalid('encryption.keys', 'an object with another kind of id', 'ids of 1 to 64 of A-Z a-z 0-9 . _ -');
  }
  return new Map(entries.map(([id, key]) => [id, keyOf(id, key)]));
};

/**
 * Random nonces, drawn many at a time: drawing each alone costs half as much as encrypting 1 KB. With 96 random bits, one
 * key may seal 2^32 entries before the chance that any nonce repeats exceeds 2^-32 (NIST SP 800-38D, 8.3). Nothing counts
 * them: a count that several processes can trust would cost a write each.
 */
const createNonces = (): (() => Uint8Array) => {
  const pool = new Uint8Array(nonceBytes * 256);
  let next = pool.byteLength;
  return () => {
    if (next === pool.byteLength) {
      randomFillSync(pool);
      next = 0;
    }
    const start = next;
    next += nonceBytes;
    return pool.subarray(start, next);
  };
};

/** Throws `CACHE_OPTION_INVALID` for keys of a wrong length or form, and for a `current` that is not there. */
export const createCipher = (options: EncryptionOptions): Cipher => {
  const keys = keysOf(options.keys);
  const currentKey = keys.get(options.current);
  if (currentKey === undefined) {
    throw optionInvalid('encryption.current', 'an id without a key', 'one of the ids in encryption.keys');
  }
  const nextNonce = createNonces();
  return {
    keyId: new Uint8Array(Buffer.from(options.current, 'latin1')),
    seal: (associated, plain, into) => {
      const nonce = nextNonce();
      const cipher = createCipheriv(algorithm, currentKey, nonce);
      cipher.setAAD(associated);
      into.set(nonce);
      into.set(cipher.update(plain), nonceBytes);
      cipher.final();
      into.set(cipher.getAuthTag(), nonceBytes + plain.byteLength);
    },
    open: (keyId, associated, sealed) => {
      const key = keys.get(keyId);
      if (key === undefined) throw envelopeDamaged('keyUnknown');
      const tagAt = sealed.byteLength - tagBytes;
      // Stated, or OpenSSL would take a shorter tag, which is easier to forge.
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(associated);
      decipher.setAuthTag(sealed.subarray(tagAt));
      const plain = decipher.update(sealed.subarray(nonceBytes, tagAt));
      try {
        decipher.final();
      } catch (cause) {
        throw envelopeDamaged('notAuthentic', cause);
      }
      return plain;
    },
  };
};
