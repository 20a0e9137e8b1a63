import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEntry, CacheStore, InvalidationKind, MaybePromise } from './store.ts';

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

    it('keeps everything about an entry as it is', async () => {
      const whole: CacheEntry = {
        value: stored('value'),
        createdAt: start - 5,
        expiresAt: start + 5_000,
        staleAt: start + 4_000,
        loadMs: 12.5,
        costUsd: 0.001_25,
        tags: ['one', 'two words', 'ключ'],
      };
      await store.set('whole', whole);
      await store.set('bare', entry('value'));
      await store.set('absent', {
        value: store.capabilities.holds === 'bytes' ? new Uint8Array(0) : undefined,
        createdAt: start,
        expiresAt: start + 5_000,
        absent: true,
      });
      for (let pass = 0; pass < 2; pass += 1) {
        const found = await store.get('whole');
        expect({ ...found, value: text(found?.value) }).toMatchObject({ ...whole, value: 'value' });
        expect((await store.get('whole'))?.absent ?? false).toBe(false);
        expect((await store.get('bare'))?.staleAt).toBeUndefined();
        expect((await store.get('bare'))?.loadMs).toBeUndefined();
        expect((await store.get('bare'))?.tags ?? []).toEqual([]);
        expect(await store.get('absent')).toMatchObject({ absent: true });
        await store.flush?.();
      }
    });

    it('hands a stale entry out until it expires', async () => {
      await store.set('key', { ...entry('value', start + 2_000), staleAt: start + 1_000 });
      await store.flush?.();
      time = start + 1_500;
      expect(await read('key')).toBe('value');
      time = start + 2_000;
      expect(await store.get('key')).toBeUndefined();
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

    it('answers for many keys in their order, where it can', async () => {
      if (store.getMany === undefined) return;
      await store.set('one', entry('1'));
      await store.set('two', entry('2', start + 1_000));
      time = start + 1_000;
      const found = await store.getMany(['two', 'absent', 'one', 'one']);
      expect(found.map((item) => text(item?.value))).toEqual([undefined, undefined, '1', '1']);
      expect(await store.getMany([])).toEqual([]);
    });

    it('names its keys, where it can', async () => {
      if (store.keys === undefined) return;
      for (const key of ['one', 'two', 'gone', 'ключ']) await store.set(key, entry('value'));
      await store.flush?.();
      await store.set('pending', entry('value'));
      await store.delete('gone');
      const keys: string[] = [];
      for await (const key of store.keys()) keys.push(key);
      expect(keys.sort()).toEqual(['one', 'pending', 'two', 'ключ'].sort());
    });

    it('forgets what it learnt without forgetting entries', async () => {
      await store.set('key', entry('value'));
      store.forgetHistory?.();
      expect(await read('key')).toBe('value');
    });

    it('answers at once where it says so', async () => {
      if (!store.capabilities.sync) return;
      expect(store.set('key', entry('value'))).toBeUndefined();
      expect(text((store.get('key') as CacheEntry | undefined)?.value)).toBe('value');
      expect(store.delete('key')).toBe(true);
      expect(store.get('key')).toBeUndefined();
    });

    describe('its log of invalidations', () => {
      const invalidate = async (kind: InvalidationKind, name: string): Promise<void> => {
        await store.invalidations?.add([{ kind, name }]);
      };
      const put = async (key: string, tags?: readonly string[]): Promise<void> => {
        const version = store.invalidations?.version();
        await store.set(key, { ...entry('value'), tags, version });
      };

      it.each([
        ['tag', 'red', 'tagged'],
        ['namespace', 'inner', 'inner\u001fkey'],
        ['namespace', 'inner', 'inner\u001fdeeper\u001fkey'],
        ['glob', 'user:*:a', 'user:7:a'],
        ['all', '', 'anything'],
      ] as const)('hides what a %s (%s) covers and nothing set later', async (kind, name, covered) => {
        if (store.invalidations === undefined) return;
        await put(covered, ['blue', 'red']);
        await put('other', ['blue']);
        const before = store.invalidations.version();
        expect(await read(covered)).toBe('value');
        await store.flush?.();
        await invalidate(kind, name);
        expect(store.invalidations.version()).toBeGreaterThan(before);
        expect(await store.get(covered)).toBeUndefined();
        expect(await read('other')).toBe(kind === 'all' ? undefined : 'value');
        await put(covered, ['red']);
        expect(await read(covered)).toBe('value');
        await store.flush?.();
        await store.invalidations.settled();
        expect(await read(covered)).toBe('value');
      });

      it('keeps out what was begun before an invalidation and comes after it', async () => {
        if (store.invalidations === undefined) return;
        const version = store.invalidations.version();
        await invalidate('tag', 'red');
        await store.set('late', { ...entry('value'), tags: ['red'], version });
        expect(await store.get('late')).toBeUndefined();
        await store.flush?.();
        expect(await store.get('late')).toBeUndefined();
      });
    });

    describe('its leases', () => {
      it('belong to one holder at a time, with a token that grows', async () => {
        const { leases } = store;
        if (leases === undefined) return;
        const first = await leases.acquire('key', 10_000);
        expect(first).toBeTypeOf('number');
        expect(await leases.acquire('key', 10_000)).toBeUndefined();
        expect(await leases.acquire('other', 10_000)).toBeTypeOf('number');
        expect(await leases.extend('key', first ?? 0, 10_000)).toBe(true);
        await leases.release('key', first ?? 0);
        const second = await leases.acquire('key', 10_000);
        expect(second).toBeGreaterThan(first ?? 0);
        // An old holder ends nothing.
        await leases.release('key', first ?? 0);
        expect(await leases.extend('key', first ?? 0, 10_000)).toBe(false);
        expect(await leases.acquire('key', 10_000)).toBeUndefined();
        await leases.release('key', second ?? 0);
      });

      it('keep an older holder from writing over a newer one', async () => {
        const { leases } = store;
        if (leases === undefined) return;
        const old = (await leases.acquire('key', 10_000)) ?? 0;
        await leases.release('key', old);
        const token = (await leases.acquire('key', 10_000)) ?? 0;
        await store.set('key', { ...entry('new'), fence: token }, 'load');
        await leases.release('key', token);
        await store.set('key', { ...entry('old'), fence: old }, 'load');
        await store.flush?.();
        expect(await read('key')).toBe('new');
      });
    });

    it('remembers which keys are used most, where it does', async () => {
      const { popularity } = store;
      if (popularity === undefined) return;
      for (const key of ['rare', 'often']) await store.set(key, entry('value'));
      await store.flush?.();
      await popularity.record(
        new Map([
          ['rare', 1],
          ['often', 5],
        ]),
      );
      await popularity.record(new Map([['rare', 1]]));
      expect(await popularity.top(10)).toEqual(['often', 'rare']);
      expect(await popularity.top(1)).toEqual(['often']);
    });

    it('closes twice', async () => {
      await store.set('key', entry('value'));
      await store.close?.();
      await store.close?.();
    });
  });
};
