import { describe, expect, it } from 'vitest';
import { nameOfFigure, showWithUnit, unitOfFigure } from '../src/format/units.ts';

describe('units', () => {
  it.each([
    [120, 'ms', '120 ms'],
    [120_000, 'microseconds', '120 ms'],
    [524_288_000, 'bytes', '500 MB'],
    [0.9, 'share', '90%'],
    [500, 'per-mille', '50%'],
    [2_500_000, 'micro-dollars', '$2.50'],
    [20, 'usd-per-hour', '$20.00/h'],
    [1_200, 'count', '1,200'],
    [11_100.4, 'tokens/s', '11,100/s'],
    [3, 'apples', '3 apples'],
  ])('%d %s is %s', (value, unit, shown) => expect(showWithUnit(value, unit)).toBe(shown));
});

describe('figures of a comparison', () => {
  it.each([
    ['durationP95', 'Duration p95', 'ms'],
    ['first_token_p50', 'First token p50', 'ms'],
    ['errorRate', 'Error rate', 'share'],
    ['hitRate', 'Hit rate', 'share'],
    ['costUsd', 'Cost', 'usd'],
    ['token_rate_p50', 'Token rate p50', 'tokens/s'],
  ])('%s', (figure, name, unit) => {
    expect(nameOfFigure(figure)).toBe(name);
    expect(unitOfFigure(figure)).toBe(unit);
  });
});
