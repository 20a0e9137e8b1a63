import { expect, it } from 'vitest';
import { roundMs, roundUsd, showUsd } from '../src/figures.ts';
import { freshMachine } from './built.ts';

it.each([
  [0, '$0'],
  [12.3, '$12.30'],
  [0.01, '$0.0100'],
  [0.0000123, '$0.000012'],
  [0.0000001, '$0.0000001'],
  [0.00000000432, '$0.0000000043'],
])('%d dollars are shown as %s', (usd, text) => {
  expect(showUsd(usd)).toBe(text);
});

it('figures for machines have the digits that say something', () => {
  expect([0.000008699999999999998, 0.1 + 0.2, 1234.5678].map(roundUsd)).toEqual([0.0000087, 0.3, 1234.5678]);
  expect([12.345678901234, 0.04].map(roundMs)).toEqual([12.3, 0]);
});

it('so they are in what a question came to', async () => {
  const { stdout } = await freshMachine().run(['ask', '--json', 'hello']);
  const { latencyMs } = JSON.parse(stdout);
  expect(String(latencyMs)).toMatch(/^\d+(\.\d)?$/);
});
