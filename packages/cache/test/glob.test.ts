import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compileGlob } from '../src/glob.ts';

const database = new DatabaseSync(':memory:');
const statement = database.prepare('SELECT ? GLOB ? AS matches');
const sqlite = (glob: string, key: string): boolean => statement.get(key, glob)?.matches === 1;
afterAll(() => database.close());

const isRefused = (glob: string): boolean => {
  try {
    compileGlob(glob);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'glob' });
    return true;
  }
};

/** Few characters, so that patterns and keys meet often; one of them outside the basic plane. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '/', '.', '\n', 'é', '𝒳'), maxLength: 8 });
/** Sets without a bracket or a dash that means something else at its place. */
const plainSet = fc
  .tuple(fc.constantFrom('', '^'), fc.constantFrom('a', 'ab', 'a-c', 'a-bA', '*?', '[', 'é-𝒳', 'a-'))
  .map(([negation, body]) => `[${negation}${body}]`);
const plainGlob = fc
  .array(fc.oneof({ weight: 2, arbitrary: text }, fc.constantFrom('*', '?', '**', '*?'), plainSet), { maxLength: 6 })
  .map((parts) => parts.join(''));
/** Everything that can be said in brackets, and what stands before and behind it in the order of characters. */
const anySet = fc
  .array(fc.constantFrom(']', '^', '-', '[', 'a', 'c', 'e', '*', '𝒳'), { minLength: 1, maxLength: 5 })
  .map((body) => `[${body.join('')}]`);
const anyCharacter = fc.constantFrom('[', ']', '^', '_', '-', '.', 'a', 'b', 'c', 'd', 'e', '*', '𝒳');

describe('a glob', () => {
  it.each([
    ['user:*', 'user:1', true],
    ['user:*', 'user:1/posts', true],
    ['user:*', 'users', false],
    ['*', '', true],
    ['?', '', false],
    ['?', '𝒳', true],
    ['[^a]', 'a', false],
    ['[]]', ']', true],
    ['[^]]', ']', false],
    ['[*]', '*', true],
    ['[*]', 'a', false],
    ['[[]x]', '[x]', true],
    ['a]', 'a]', true],
    ['\\*', '\\anything', true],
    ['A*', 'a', false],
    ['*[^𝒳]b', '𝒳b', false],
  ])('%s over %s is %s', (glob, key, expected) => {
    expect(compileGlob(glob)(key)).toBe(expected);
    expect(sqlite(glob, key)).toBe(expected);
  });

  it('means what it means to SQLite', () => {
    fc.assert(
      fc.property(plainGlob, text, (glob, key) => {
        expect(compileGlob(glob)(key)).toBe(sqlite(glob, key));
      }),
      { numRuns: 5_000 },
    );
  });

  it('that was made from the key matches it', () => {
    fc.assert(
      fc.property(text, fc.array(fc.boolean(), { maxLength: 8 }), (key, wild) => {
        const glob = [...key].map((character, index) => (wild[index] ? '?' : character)).join('');
        expect(compileGlob(glob)(key)).toBe(true);
        expect(compileGlob(`*${glob}*`)(`before ${key} after`)).toBe(true);
      }),
    );
  });

  it('takes time in proportion to the lengths, not to what could be tried', () => {
    const matches = compileGlob(`${'*a'.repeat(100)}b`);
    expect(matches('a'.repeat(10_000))).toBe(false);
  });

  it.each(['[', 'a[b', '[]', '[^', '[^]', 'a[^]b'])('%s, with a bracket that is never closed, is refused', (glob) => {
    expect(isRefused(glob)).toBe(true);
    expect(sqlite(glob, glob)).toBe(false);
  });

  // SQLite takes "[z-a]" for z alone, and the dash in "[]-a]" for itself.
  it('means what it means to SQLite, whatever stands in brackets', () => {
    fc.assert(
      fc.property(anySet, anyCharacter, (glob, key) => {
        fc.pre(!isRefused(glob));
        expect(compileGlob(glob)(key)).toBe(sqlite(glob, key));
      }),
      { numRuns: 5_000 },
    );
  });
});
