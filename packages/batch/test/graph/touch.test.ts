import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, parseTouch, touchesMeet } from '../../src/graph/touch.ts';

const meet = (a: string, b: string): boolean => touchesMeet(parseTouch(a), parseTouch(b));
const isCovered = (declared: string, path: string): boolean => covers(parseTouch(declared), parseTouch(path));

describe('what steps touch', () => {
  it.each([
    ['src', 'src/a.ts', true],
    ['src/a.ts', 'src/b.ts', false],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a.js', false],
    ['src/*.ts', 'src/*.js', false],
    ['src/**', 'src/a/b/c', true],
    ['**/*.md', 'docs', true],
    ['docs/**/*.md', 'src/**/*.md', false],
    ['*.{ts,tsx}', '*.{js,jsx}', false],
    ['a-*.ts', '*.test.ts', true],
    ['?.ts', 'ab*', false],
    ['@scope/*', '@scope/a', true],
    ['./src/../a', 'a', true],
    ['a.json#/x', 'a.json#/y', false],
    ['a.json#/x', 'a.json#/x/y', true],
    ['a.json#/x', 'a.json#/xy', false],
    ['a.json', 'a.json#/x', true],
    ['name:db', 'name:db', true],
    ['name:db', 'db', false],
    ['.', 'anything', true],
    ['{a/b,c}/d', 'a/b/d', true],
    ['!a', 'b', true],
    ['out/${{ item }}.txt', 'out/x/y.txt', true],
    ['out/${{ item }}.txt', 'other/x.txt', false],
    ["${{ format('}}', item) }}/x", 'a/x', true],
    ['a.json#/x/${{ item }}', 'a.json#/x/y/z', true],
    ['a.json#/x/p-${{ item }}/y', 'a.json#/x/p-1', true],
    ['a.json#/x/${{ item }}', 'a.json#/y', false],
    ['a.json#/${{ inputs.place }}', 'a.json#/y', true],
  ])('%s and %s meet: %s', (a, b, wanted) => {
    expect([meet(a, b), meet(b, a)]).toEqual([wanted, wanted]);
  });

  it.each([
    ['src', 'src/a/b', true],
    ['src', 'srcs', false],
    ['src/*', 'src/a/b', true],
    ['src/*.ts', 'src/a.js', false],
    ['a.json', 'a.json#/x', true],
    ['a.json#/x', 'a.json', false],
    ['a.json#/x', 'a.json#/x/0', true],
    ['name:db', 'name:db', true],
    ['out/${{ item }}.txt', 'out/one.txt', true],
  ])('%s covers %s: %s', (declared, path, wanted) => {
    expect(isCovered(declared, path)).toBe(wanted);
  });

  const letters = ['a', 'b', '.'];
  const names = [...letters, ...letters.flatMap((one) => letters.map((two) => one + two))].filter(
    (name) => name !== '.' && name !== '..',
  );
  const two = names.flatMap((one) => names.map((other) => `${one}/${other}`));
  const paths = [...names, ...two, ...two.flatMap((path) => ['a', 'b', 'ab', '.a'].map((name) => `${path}/${name}`))];
  const segment = fc.constantFrom(
    ...[
      'a',
      'b',
      'ab',
      '.a',
      '*',
      '**',
      '?',
      'a*',
      '*b',
      '?b',
      '[ab]',
      '{a,b}',
      '{a,ab}*',
      '!(a)',
      '+(a|b)',
      '@(ab)',
      '*(a)b',
      'a**b',
      '[!a]',
      '(a|b)',
      'a?',
      '{a/b,b}',
      '.*',
      '**a',
      '(a|b)*',
      '[ab]+',
      '(ab)?',
      'a|b',
      '{a,b}?',
    ],
  );
  const pattern = fc.array(segment, { minLength: 1, maxLength: 2 }).map((segments) => segments.join('/'));

  const doMeet = (a: string, b: string): boolean => paths.some((path) => isCovered(a, path) && isCovered(b, path));

  it('never says that two do not meet which do', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const isSaid = meet(a, b);
        expect(meet(b, a)).toBe(isSaid);
        if (!isSaid) expect(doMeet(a, b), `${a} and ${b}`).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  it('seldom says of patterns as people write them that two meet which do not', () => {
    const usual = ['a', 'b', 'ab', '.a', '*', '**', 'a*', '*b', '?b', '[ab]', '{a,b}', '{a,ab}*'];
    const all = [...usual, ...usual.flatMap((one) => usual.map((two) => `${one}/${two}`))];
    const pairs = all.flatMap((a) => all.map((b) => [a, b] as const)).filter(([a, b]) => a < b && !doMeet(a, b));
    const wrong = pairs.filter(([a, b]) => meet(a, b));
    expect(pairs.length).toBeGreaterThan(500);
    expect(wrong.length / pairs.length).toBeLessThan(0.01);
  });
});
