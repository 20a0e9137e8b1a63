import { describe, expect, it } from 'vitest';
// @boundaries-ignore what both show must be the same
import * as cli from '../../cli/src/figures.ts';
import { showBytes, showCount, showDuration, showUsd, showUtc } from '../src/format/figures.ts';

describe('figures', () => {
  const numbers = [
    0, 1, 9.94, 9.96, 42, 999.4, 1_000, 12_345, 119_999, 120_000, 7_199_999, 8_000_000, 172_800_000, 1e12,
  ];

  it.each(numbers)('%d reads as in the command', (value) => {
    expect(showDuration(value)).toBe(cli.showDuration(value));
    expect(showBytes(Math.round(value))).toBe(cli.showBytes(Math.round(value)));
    expect(showCount(Math.round(value))).toBe(cli.showCount(Math.round(value)));
    expect(showUtc(value)).toBe(cli.showTime(value));
  });

  it.each([0, 1e-9, 8.7e-7, 0.000001, 0.0123, 0.5, 1, 12.345, 98_765])('$%d reads as in the command', (usd) => {
    expect(showUsd(usd)).toBe(cli.showUsd(usd));
  });
});
