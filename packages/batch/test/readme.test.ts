import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const codesOf = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/BATCH_[A-Z_]+/g)].map(([code]) => code))].sort();
/** Those of a union of texts. */
const unionOf = (path: string, name: string): readonly string[] => {
  const [, union = ''] = new RegExp(`export type ${name} =([^;]+);`).exec(read(path)) ?? [];
  return codesOf(union);
};

const rows = read('../README.md')
  .split('\n')
  .filter((line) => line.startsWith('| `BATCH_'));
const cellsOf = (line: string): readonly string[] => line.split('|').slice(1, -1);
const errors = unionOf('../src/errors.ts', 'BatchErrorCode');

describe('the tables of codes in the README', () => {
  it('have every code that is thrown, in a line of its own', () => {
    expect(errors.length).toBeGreaterThan(40);
    const own = rows.filter((line) => cellsOf(line).length === 3).map((line) => codesOf(cellsOf(line)[0] ?? ''));
    expect(own.flat().sort()).toEqual(errors);
    expect(own.filter((codes) => codes.length !== 1)).toEqual([]);
  });

  it('have every code that only a plan finds', () => {
    const found = unionOf('../src/plan/finding.ts', 'FindingCode').filter((code) => !errors.includes(code));
    const own = rows.filter((line) => cellsOf(line).length === 2).flatMap((line) => codesOf(cellsOf(line)[0] ?? ''));
    expect(own.sort()).toEqual(found);
  });
});
