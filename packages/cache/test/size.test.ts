import { describe, expect, it } from 'vitest';
import type { CacheEntry } from '../src/store.ts';
import { createLruBytes, leastLruBytes } from '../src/stores/lru-bytes.ts';
import { createSizer, envelopeBytes, stringBytes } from '../src/stores/size.ts';

const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** What a value adds once its names and short strings are known. */
const again = (value: unknown): number => {
  const size = createSizer();
  size(value);
  return size(value);
};

describe('stringBytes', () => {
  it.each([
    ['', 16],
    ['abcdefgh', 24],
    ['abcdefghi', 32],
    ['é'.repeat(8), 24],
    ['ж'.repeat(8), 32],
    [`${'a'.repeat(7)}ж`, 32],
  ])('of %j is %i', (key, bytes) => {
    expect(stringBytes(key)).toBe(bytes);
  });
});

describe('createSizer', () => {
  it.each<[string, unknown, number]>([
    ['nothing', undefined, 0],
    ['null', null, 0],
    ['true', true, 0],
    ['a small integer', -5, 0],
    ['a fraction', 0.5, 16],
    ['an integer beyond 31 bits', 2 ** 31, 16],
    ['a bigint', 2n ** 63n - 1n, 24],
    ['a bigint of 128 bits', 2n ** 127n, 32],
    ['a long text', 'x'.repeat(1_000), 1_016],
    ['a long text of two-byte characters', 'ж'.repeat(1_000), 2_016],
    ['an empty object', {}, 56],
    ['three properties', { a: 1, b: true, c: null }, 48],
    ['nested objects', { a: { b: 1 }, c: { b: 2 } }, 40 + 32 + 32],
    [
      'an object that became a table',
      Object.fromEntries(range(200).map((index) => [`k${index}`, 1])),
      12_456 + 73 * 24,
    ],
    ['elements', { 0: 1, 1: 2, 2: 3 }, 56 + 16 + 24],
    ['an empty array', [], 32],
    ['an array of integers', range(100), 32 + 16 + 800],
    ['an array of fractions, unboxed', [0.5, 1, 1.5], 32 + 16 + 24],
    ['an array of fractions, boxed by freezing', Object.freeze([0.5, 1, 1.5]), 32 + 16 + 24 + 32],
    ['an array of fractions and null', [0.5, null, 1.5], 32 + 16 + 24 + 32],
    ['holes', new Array(100), 32 + 16 + 800],
    ['an empty map', new Map(), 184],
    ['a map', new Map(range(100).map((index) => [index, 0.5])), 72 + 28 * 128 + 1_600],
    ['a set', new Set(range(100)), 72 + 20 * 128],
    ['a date', new Date(), 96],
    ['bytes', new Uint8Array(1_000), 1_200],
    ['an ArrayBuffer', new ArrayBuffer(1_000), 1_096],
    [
      'two views of one buffer',
      ((buffer) => [new Uint8Array(buffer), new DataView(buffer)])(new ArrayBuffer(1_000)),
      64 + 208 + 1_096,
    ],
  ])('counts %s', (_name, value, bytes) => {
    expect(again(value)).toBe(bytes);
  });

  it('counts property names and short strings when it first meets them', () => {
    const size = createSizer();
    const first = size(parsed({ role: 'assistant', content: 'a text of some length' }));
    const second = size(parsed({ role: 'assistant', content: 'a text of other length' }));
    expect(second).toBe(24 + 16 + stringBytes('a text of other length'));
    expect(first).toBeGreaterThan(second + stringBytes('role') + stringBytes('content') + stringBytes('assistant'));
  });

  it('counts names and short strings in every value where each value has its own', () => {
    const size = createSizer();
    const sizes = range(2_000).map((index) => size(parsed({ [`name ${index}`]: `text ${index}` })));
    expect(Math.min(...sizes)).toBeGreaterThan(32 + 24 + 24);
  });

  it('counts a box for a small integer where the property holds fractions elsewhere', () => {
    const size = createSizer();
    size({ id: 1, score: 0.5 });
    expect(size({ id: 2, score: 3 })).toBe(24 + 16 + 16);
  });

  it('counts once what is held twice, and follows cycles', () => {
    const text = 'x'.repeat(100);
    const shared = { text };
    expect(again([shared, shared])).toBe(32 + 16 + 16 + 32 + 120);
    const many: Record<string, unknown>[] = range(40).map((index) => ({ index, shared }));
    for (const one of many) one.all = many;
    expect(again(many)).toBe(32 + 16 + 320 + 40 * 48 + 32 + 120);
  });

  it('counts the whole buffer of a small view', () => {
    const pool = new ArrayBuffer(8_192);
    expect(again(new Uint8Array(pool, 0, 10))).toBe(104 + 96 + 8_192);
  });

  it('counts what class instances hold, but not what they inherit', () => {
    const base = { inherited: 'x'.repeat(10_000) };
    expect(again(Object.assign(Object.create(base), { own: 'y'.repeat(100) }))).toBe(32 + 120);
  });

  it('comes to an end for sparse arrays, long ones and values nested 100,000 deep', () => {
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    expect(again(sparse)).toBeLessThan(1_000);
    expect(again(range(100_000))).toBe(32 + 16 + 800_000);
    let deep: unknown = [];
    for (let depth = 1; depth < 100_000; depth += 1) deep = [deep];
    expect(again(deep)).toBe(100_000 * 56 - 24);
  });
});

describe('envelopeBytes', () => {
  const entry: CacheEntry = { value: 1, createdAt: 1_700_000_000_000, expiresAt: Number.POSITIVE_INFINITY };

  it('counts the entry, its times, and what is known of the load', () => {
    expect(envelopeBytes(entry)).toBe(136);
    expect(envelopeBytes({ ...entry, staleAt: 1_700_000_000_000, loadMs: 1.5, costUsd: 0, version: 3 })).toBe(168);
  });

  it('counts tags', () => {
    expect(envelopeBytes({ ...entry, tags: [] })).toBe(136);
    expect(envelopeBytes({ ...entry, tags: ['project:hotpath', 'user'] })).toBe(136 + 32 + 16 + 16 + 32 + 24);
  });
});

describe('createLruBytes', () => {
  it('grows in steps, by more where entries come and go', () => {
    const filled = createLruBytes();
    expect(filled.bytes).toBe(leastLruBytes);
    for (const entries of range(1_000)) filled.added(entries + 1);
    const churned = createLruBytes();
    for (const entries of range(1_000)) churned.added(entries + 1);
    for (let turn = 0; turn < 1_000; turn += 1) {
      churned.added(1_001);
      churned.removed(1_000);
    }
    expect(filled.bytes).toBeGreaterThan(1_000 * 60);
    expect(churned.bytes).toBe(filled.bytes + 1_024 * 28);
  });

  it('is sparse when most entries have gone', () => {
    const bytes = createLruBytes();
    for (const entries of range(1_000)) bytes.added(entries + 1);
    expect(bytes.sparse(1_000)).toBe(false);
    const full = bytes.bytes;
    bytes.removed(10);
    expect(bytes.sparse(10)).toBe(true);
    expect(bytes.bytes).toBeLessThan(full - 1_000 * 25);
  });
});
