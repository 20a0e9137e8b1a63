import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEntry, CacheStore, MaybePromise } from './store.ts';

/** What the kit hands to the function that creates the store under test. */
export interface StoreTestContext {
  /** The clock that the store must go by. */
  readonly now: () => number;
}

export interface StoreTestOptions {
  /** Skips the entry of 1 MiB, for a store with a smaller bound; say why. */
  readonly skipBigEntry?: string;
}

const start = 1_700_000_000_000;

const text = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value);

/**
 * Declares the tests that every `CacheStore` must pass, in a vitest file. `create` is called for each test and returns an
 * empty store; the kit closes it. A store under test must hold at least 100 entries of 1 KiB.
 */
export const testCacheStore = (
  name: string,
  create: (context: StoreTestContext) => MaybePromise<CacheStore>,
  options: StoreTestOptions = {},
): void => {
  describe(`${name} keeps the contract of CacheStore`, () => {
    let time = start;
    let store: CacheStore;

    /** Makes what this store holds out of a string: the string itself, or its bytes. */
    const stored = (value: string): unknown =>
      store.capabilities.holds === 'bytes' ? new Uint8Array(Buffer.from(value, 'latin1')) : value;
    const entry = (value: string, expiresAt = Number.POSITIVE_INFINITY): CacheEntry => ({
      value: stored(value),
      createdAt: time,
      expiresAt,
    });
    const read = async (key: string): Promise<unknown> => text((await store.get(key))?.value);

    beforeEach(async () => {
      time = start;
      store = await create({ now: () => time });
    });
    afterEach(async () => {
      await store.close?.();
    });

    it('answers nothing for a key that was never set', async () => {
      expect(await store.get('absent')).toBeUndefined();
    });

    it('gives back what was set, with its times', async () => {
      await store.set('key', entry('value', start + 5_000));
      const found = await store.get('key');
      expect(text(found?.value)).toBe('value');
      expect(found?.createdAt).toBe(start);
      expect(found?.expiresAt).toBe(start + 5_000);
    });

    it('replaces an entry, its times included', async () => {
      await store.set('key', entry('old', start + 1_000));
      time += 10;
      await store.set('key', entry('new'));
      expect(await store.get('key')).toMatchObject({ createdAt: start + 10, expiresAt: Number.POSITIVE_INFINITY });
      time += 60_000;
      expect(await read('key')).toBe('new');
    });

    it('deletes an entry and says whether it was there', async () => {
      await store.set('key', entry('value'));
      await store.set('other', entry('stays'));
      expect(await store.delete('key')).toBe(true);
      expect(await store.get('key')).toBeUndefined();
      expect(await store.delete('key')).toBe(false);
      expect(await store.delete('never')).toBe(false);
      expect(await read('other')).toBe('stays');
    });

    it('takes a key again after its deletion', async () => {
      await store.set('key', entry('one'));
      await store.delete('key');
      await store.set('key', entry('two'));
      expect(await read('key')).toBe('two');
    });

    it('forgets everything on clear and works on', async () => {
      for (let index = 0; index < 20; index += 1) await store.set(`key ${index}`, entry('value'));
      await store.flush?.();
      await store.set('pending', entry('value'));
      await store.clear();
      expect(await read('key 3')).toBeUndefined();
      expect(await read('pending')).toBeUndefined();
      expect((await store.usage()).entries).toBe(0);
      await store.set('key 3', entry('again'));
      expect(await read('key 3')).toBe('again');
    });

    it('hands nothing out from the moment of expiry on', async () => {
      await store.set('key', entry('value', start + 1_000));
      await store.flush?.();
      time = start + 999;
      expect(await read('key')).toBe('value');
      time = start + 1_000;
      expect(await store.get('key')).toBeUndefined();
      expect(await store.delete('key')).toBe(false);
    });

    it('goes by the absolute time of expiry, not by the time since the entry came', async () => {
      time = start + 900;
      await store.set('key', { value: stored('value'), createdAt: start, expiresAt: start + 1_000 });
      time = start + 1_001;
      expect(await store.get('key')).toBeUndefined();
    });

    it('hands out nothing that had expired when it was set', async () => {
      await store.set('key', entry('value', start - 1));
      expect(await store.get('key')).toBeUndefined();
      await store.flush?.();
      expect(await store.get('key')).toBeUndefined();
    });

    it('keeps an entry without expiry', async () => {
      await store.set('key', entry('value'));
      await store.flush?.();
      time += 100 * 365 * 86_400_000;
      expect(await store.get('key')).toMatchObject({ expiresAt: Number.POSITIVE_INFINITY });
    });

    it.each([
      ['empty', ''],
      ['with spaces and newlines', ' a\nb\tc '],
      ['in other scripts', 'ключ 鍵 مفتاح 🔑'],
      ['with a NUL', 'a\0b'],
      ['with quotes', `'";--`],
      ['named like a property', '__proto__'],
      ['with a lone surrogate', 'a\ud800b'],
      ['of 10,000 characters', 'k'.repeat(10_000)],
    ])('takes a key %s', async (_name, key) => {
      await store.set(key, entry('value'));
      expect(await read(key)).toBe('value');
      await store.flush?.();
      expect(await read(key)).toBe('value');
      expect(await store.delete(key)).toBe(true);
      expect(await store.get(key)).toBeUndefined();
    });

    it('tells similar keys apart', async () => {
      const keys = [
        'key',
        'KEY',
        'key ',
        ' key',
        'key\0',
        'a\0b',
        'a\0c',
        'é',
        'e\u0301',
        '\ud800',
        '\udbff',
        '\ufffd',
        '1',
        '01',
      ];
      for (const [index, key] of keys.entries()) await store.set(key, entry(`${index}`));
      await store.flush?.();
      for (const [index, key] of keys.entries()) expect(await read(key)).toBe(`${index}`);
    });

    it('gives back every byte', async () => {
      let all = '';
      for (let code = 0; code < 256; code += 1) all += String.fromCharCode(code);
      await store.set('all', entry(all));
      await store.set('none', entry(''));
      await store.flush?.();
      expect(await read('all')).toBe(all);
      expect(await read('none')).toBe('');
    });

    it.skipIf(options.skipBigEntry !== undefined)('takes an entry of 1 MiB', async () => {
      const big = 'hotpath '.repeat(131_072);
      await store.set('big', entry(big));
      await store.flush?.();
      expect((await read('big')) === big).toBe(true);
    });

    it('is not affected by bytes around the part that it was given', async () => {
      if (store.capabilities.holds !== 'bytes') return;
      const pool = new Uint8Array(Buffer.from('....value....'));
      await store.set('key', { value: pool.subarray(4, 9), createdAt: start, expiresAt: Number.POSITIVE_INFINITY });
      await store.flush?.();
      expect(await read('key')).toBe('value');
    });

    it('tells its usage', async () => {
      const before = await store.usage();
      expect(before).toMatchObject({ entries: 0, evictions: 0 });
      await store.set('one', entry('1'));
      await store.set('two', entry('2'));
      await store.set('two', entry('3'));
      expect((await store.usage()).entries).toBe(2);
      await store.delete('one');
      expect((await store.usage()).entries).toBe(1);
      expect((await store.usage()).bytes).toBeGreaterThanOrEqual(0);
    });

    it('serves many at once', async () => {
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
      await Promise.all(keys.map(async (key) => store.set(key, entry(key))));
      await Promise.all(keys.slice(0, 25).map(async (key) => store.delete(key)));
      const found = await Promise.all(keys.map(read));
      expect(found).toEqual(keys.map((key, index) => (index < 25 ? undefined : key)));
    });

    it('answers at once where it says so', async () => {
      if (!store.capabilities.sync) return;
      expect(store.set('key', entry('value'))).toBeUndefined();
      expect(text((store.get('key') as CacheEntry | undefined)?.value)).toBe('value');
      expect(store.delete('key')).toBe(true);
      expect(store.get('key')).toBeUndefined();
    });

    it('closes twice', async () => {
      await store.set('key', entry('value'));
      await store.close?.();
      await store.close?.();
    });
  });
};
