import { describe, expect, it } from 'vitest';
import { aloneIn, columnsOf, hasValues, type Line, pointsOf, rowsOf, summaryOf } from '../src/chart/columns.ts';

const line = (label: string, values: readonly (number | null)[], kind?: Line['kind']): Line => ({
  label,
  values,
  color: 'accent',
  kind,
});

describe('columns of a chart', () => {
  it('are seconds, then each line as it is', () => {
    expect(columnsOf([1_000, 2_000], [line('a', [1, null]), line('b', [3, 4], 'area')])).toEqual([
      [1, 2],
      [1, null],
      [3, 4],
    ]);
  });

  it('stand on each other where they are stacked', () => {
    const lines = [line('spent', [1, 2, null], 'stack'), line('saved', [10, null, 30], 'stack')];
    expect(columnsOf([0, 1, 2], lines).slice(1)).toEqual([
      [1, 2, 0],
      [11, 2, 30],
    ]);
  });

  it('are as long as there are times', () => {
    expect(columnsOf([0, 1_000], [line('a', [1])])[1]).toEqual([1, null]);
  });
});

describe('a chart in words', () => {
  const options = { show: (value: number) => `${value} ms`, showTime: (ms: number) => `t${ms}` };

  it('tells where it is highest, and where it ends', () => {
    expect(summaryOf([0, 1, 2, 3], [line('p50', [null, 5, 9, 4])], options)).toBe(
      'From t0 to t3. p50: highest 9 ms at t2, at the end 4 ms.',
    );
  });

  it('says that nothing happened', () => {
    expect(summaryOf([], [line('p50', [])], options)).toBe('Nothing happened in this time.');
    expect(summaryOf([0, 1], [line('p50', [null, 0])], options)).toBe('Nothing happened in this time.');
    expect(hasValues([line('p50', [null, 0])])).toBe(false);
  });
});

describe('values that stand alone', () => {
  it('have nothing known beside them', () => {
    expect(aloneIn([1, null, 2, 3, null, null, 0])).toEqual([0, 6]);
    expect(aloneIn([null, 5, null])).toEqual([1]);
    expect(aloneIn([])).toEqual([]);
  });
});

describe('a chart as a table', () => {
  it('has no more rows than can be read, the last one among them', () => {
    const at = Array.from({ length: 240 }, (_, index) => index);
    const rows = rowsOf(at, [line('a', at)]);
    expect(rows.length).toBeLessThanOrEqual(24);
    expect(rows.at(-1)).toEqual({ at: 239, values: [239] });
    expect(rowsOf([], [])).toEqual([]);
  });
});

describe('a small chart', () => {
  it('reaches from the bottom to the highest', () => {
    expect(pointsOf([0, 5, 10], 100, 20)).toBe('0,20 50,10 100,0');
  });

  it('leaves out what is not known, and does without any height', () => {
    expect(pointsOf([null, 5], 100, 20)).toBe('100,0');
    expect(pointsOf([0, 0], 100, 20)).toBe('0,20 100,20');
    expect(pointsOf([], 100, 20)).toBe('');
  });
});
