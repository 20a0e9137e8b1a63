import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeFailed } from '../src/errors.ts';
import { CacheError } from '../src/index.ts';

describe('CacheError', () => {
  it('is recognised by its brand across copies of the package', () => {
    const error = new CacheError('CACHE_STORE_CLOSED', 'message', { store: 'sqlite', cause: 'reason' });
    expect(error).toMatchObject({ name: 'CacheError', code: 'CACHE_STORE_CLOSED', store: 'sqlite', cause: 'reason' });
    expect(CacheError.isInstance(error)).toBe(true);
    expect(CacheError.isInstance({ [Symbol.for('hotpath.cache.error')]: true })).toBe(true);
    expect(CacheError.isInstance(new Error('message'))).toBe(false);
    expect(CacheError.isInstance(undefined)).toBe(false);
  });
});

describe('CACHE_WRITE_FAILED', () => {
  const why = 'could not be written to /c.db (disk full)';
  it.each([
    [0, `What was deleted or invalidated ${why}: other processes do not know of it until it is.`],
    [1, `1 entry ${why} and was dropped.`],
    [2, `2 entries ${why} and were dropped.`],
  ])('says what became of %i entries', (entries, text) => {
    const cause = new Error('disk full');
    expect(writeFailed('sqlite', '/c.db', entries, cause)).toMatchObject({
      code: 'CACHE_WRITE_FAILED',
      message: `${text} Check the free space and who else holds the file.`,
      store: 'sqlite',
      path: '/c.db',
      cause,
    });
  });
});

describe('the root entry', () => {
  it('leads to no store, and so to neither node:sqlite nor lru-cache', () => {
    const seen = new Set<string>();
    const outside = new Set<string>();
    const walk = (file: URL): void => {
      if (seen.has(file.href)) return;
      seen.add(file.href);
      for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type).*?from '(.+?)';$/gms)) {
        if (from?.startsWith('.')) walk(new URL(from, file));
        else if (from !== undefined) outside.add(from);
      }
    };
    walk(new URL('../src/index.ts', import.meta.url));
    expect(seen.size).toBeGreaterThan(5);
    expect([...outside].sort()).toEqual(['node:diagnostics_channel', 'node:timers/promises']);
  });
});
