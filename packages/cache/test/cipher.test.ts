import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCipher, type EncryptionOptions } from '../src/cipher.ts';
import { createEnvelope, type Envelope } from '../src/envelope.ts';
import type { CacheEntry } from '../src/index.ts';

const oldKey = new Uint8Array(randomBytes(32));
const newKey = new Uint8Array(randomBytes(32));
const value = new TextEncoder().encode('a secret value');
const entry: CacheEntry<Uint8Array> = { value, createdAt: 1, expiresAt: 2, tags: ['tag'] };
const damaged = expect.objectContaining({ code: expect.stringMatching(/^CACHE_(ENTRY_DAMAGED|KEY_MISSING)$/) });

const withKeys = (keys: EncryptionOptions['keys'], current: string): Envelope =>
  createEnvelope({ encryption: { keys, current } });

describe('encryption', () => {
  it('hides the value, and leaves the tags and the id of the key readable', () => {
    const sealed = Buffer.from(withKeys({ 'key-1': newKey }, 'key-1').seal('cache key', entry));
    expect(sealed.includes('secret')).toBe(false);
    expect(sealed.includes('tag')).toBe(true);
    expect(sealed.includes('key-1')).toBe(true);
    const large = { ...entry, value: new Uint8Array(40_000).fill(97) };
    const compressed = withKeys({ one: newKey }, 'one').seal('key', large);
    expect(compressed.byteLength).toBeLessThan(300);
    expect(withKeys({ one: newKey }, 'one').open('key', compressed)).toEqual(large);
  });

  it('is AES-256-GCM over a fresh nonce, with the header and the cache key as additional data', () => {
    const sealed = withKeys({ one: newKey }, 'one').seal('cache key', { value, createdAt: 1, expiresAt: 2 });
    const payloadAt = 68 + 'one'.length;
    const cipher = createCipheriv('aes-256-gcm', newKey, sealed.subarray(payloadAt, payloadAt + 12));
    cipher.setAAD(Buffer.concat([sealed.subarray(0, payloadAt), Buffer.from('cache key')]));
    const expected = Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    expect(Buffer.from(sealed.subarray(payloadAt + 12))).toEqual(expected);
  });

  it('never uses a nonce twice', () => {
    const cipher = createCipher({ keys: { one: newKey }, current: 'one' });
    const nonces = new Set<string>();
    for (let count = 0; count < 2_000; count++) {
      const sealed = new Uint8Array(28);
      cipher.seal(new Uint8Array(), new Uint8Array(), sealed);
      nonces.add(Buffer.from(sealed.subarray(0, 12)).toString('hex'));
    }
    expect(nonces.size).toBe(2_000);
  });

  it('rotates keys: the new one writes, old ones read, a removed one does not', () => {
    const before = withKeys({ old: oldKey }, 'old');
    const during = withKeys({ old: oldKey, new: newKey }, 'new');
    const after = withKeys({ new: newKey }, 'new');
    const sealedBefore = before.seal('key', entry);
    const sealedDuring = during.seal('key', entry);
    expect(during.open('key', sealedBefore)).toEqual(entry);
    expect(during.open('key', sealedDuring)).toEqual(entry);
    expect(after.open('key', sealedDuring)).toEqual(entry);
    expect(() => after.open('key', sealedBefore)).toThrow(damaged);
    expect(() => after.open('key', sealedBefore)).toThrow('not in encryption.keys');
    expect(() => before.open('key', sealedDuring)).toThrow('not in encryption.keys');
  });

  it('refuses an entry of another key with the same id', () => {
    const sealed = withKeys({ one: oldKey }, 'one').seal('key', entry);
    expect(() => withKeys({ one: newKey }, 'one').open('key', sealed)).toThrow('another key with the same id');
  });

  it('refuses entries that are not encrypted, and is not read without keys', () => {
    const plain = createEnvelope();
    const encrypted = withKeys({ one: newKey }, 'one');
    expect(() => encrypted.open('key', plain.seal('key', entry))).toThrow('it is not encrypted');
    expect(() => plain.open('key', encrypted.seal('key', entry))).toThrow('no encryption keys are configured');
    for (const [envelope, other] of [
      [plain, encrypted],
      [encrypted, plain],
    ] as const)
      expect(() => envelope.open('key', other.seal('key', entry))).toThrow(damaged);
  });
});

describe('keys', () => {
  it('may be bytes, hex or base64, and have any name of the allowed characters', () => {
    const sealed = withKeys({ one: newKey }, 'one').seal('key', entry);
    const buffer = Buffer.from(newKey);
    const hex = buffer.toString('hex');
    const forms = [buffer, hex, hex.toUpperCase(), buffer.toString('base64'), buffer.toString('base64url')];
    for (const form of forms) expect(withKeys({ one: form }, 'one').open('key', sealed)).toEqual(entry);
    for (const id of ['a', '2026-11.b_c', 'constructor', '__proto__', 'x'.repeat(64)]) {
      const named = withKeys(Object.fromEntries([[id, newKey]]), id);
      expect(named.open('key', named.seal('key', entry))).toEqual(entry);
    }
  });

  it('are copied, so that wiping or changing the given bytes does no harm', () => {
    const given = newKey.slice();
    const envelope = withKeys({ one: given }, 'one');
    given.fill(0);
    expect(withKeys({ one: newKey }, 'one').open('key', envelope.seal('key', entry))).toEqual(entry);
  });

  const hex = Buffer.from(newKey).toString('hex');
  it.each<[string, unknown, string, string]>([
    ['too few bytes', { one: new Uint8Array(31) }, 'one', 'encryption.keys.one'],
    ['a phrase', { one: 'correct horse battery staple' }, 'one', 'encryption.keys.one'],
    ['hex cut short', { one: hex.slice(1) }, 'one', 'encryption.keys.one'],
    ['base64 of 33 bytes', { one: Buffer.alloc(33, 7).toString('base64') }, 'one', 'encryption.keys.one'],
    ['a number', { one: 7 }, 'one', 'encryption.keys.one'],
    ['nothing', { one: undefined }, 'one', 'encryption.keys.one'],
    ['a bad key that is not current', { one: newKey, two: 'short' }, 'one', 'encryption.keys.two'],
    ['no keys', {}, 'one', 'encryption.current'],
    ['no object', null, 'one', 'encryption.keys'],
    ['a current id without a key', { one: newKey }, hex, 'encryption.current'],
    ['an inherited id', { one: newKey }, 'constructor', 'encryption.current'],
    ['an empty id', { '': newKey }, '', 'encryption.keys'],
    ['a long id', { [`${hex}0`]: newKey }, 'one', 'encryption.keys'],
    ['an id with a slash', { 'a/b': newKey }, 'a/b', 'encryption.keys'],
  ])('are refused with what to give, and never shown: %s', (_name, keys, current, option) => {
    let error: unknown;
    try {
      withKeys(keys as EncryptionOptions['keys'], current);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'CACHE_OPTION_INVALID', option });
    expect(String(error)).toContain('give ');
    for (const secret of [hex.slice(1), 'horse', 'short', Buffer.alloc(33, 7).toString('base64')]) {
      expect(String(error)).not.toContain(secret);
    }
  });
});
