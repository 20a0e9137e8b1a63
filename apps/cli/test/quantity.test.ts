import { expect, it } from 'vitest';
import { formatQuantity } from '../src/quantity.ts';

it.each([
  ['ttlMs', 86_400_000, '1d'],
  ['ttlMs', 5_400_000, '90m'],
  ['latencyMs', 250, '250ms'],
  ['connectMs', 1_500, '1500ms'],
  ['memoryBytes', 64 * 1024 ** 2, '64MB'],
  ['diskBytes', 1024 ** 3, '1GB'],
  ['bodyLimitBytes', 1_000_000, '1000000'],
  ['totalMs', 0, '0'],
  ['port', 4000, '4000'],
])('%s of %d is written %s', (key, value, text) => {
  expect(formatQuantity(key, value)).toBe(text);
});
