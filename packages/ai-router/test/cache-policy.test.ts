import { expect, it } from 'vitest';
import { cacheMode, type TemperatureRule } from '../src/cache-policy.ts';
import type { Json } from '../src/wire-format.ts';

const mode = (rule: TemperatureRule, temperature?: Json, cache?: 'use' | 'refresh' | 'off') =>
  cacheMode({ protocol: 'openai-chat', body: { temperature }, ...(cache && { cache }) }, rule);

it.each<[TemperatureRule, Json | undefined, string]>([
  ['unset-or-zero', undefined, 'use'],
  ['unset-or-zero', null, 'use'],
  ['unset-or-zero', 0, 'use'],
  ['unset-or-zero', 0.2, 'off'],
  ['unset-or-zero', '0', 'off'],
  ['zero', undefined, 'off'],
  ['zero', 0, 'use'],
  ['zero', 1, 'off'],
  ['any', 1, 'use'],
  ['any', undefined, 'use'],
])('under the rule %s a temperature of %s is %s', (rule, temperature, expected) => {
  expect(mode(rule, temperature)).toBe(expected);
});

it('never does more than the request asks', () => {
  expect(mode('any', 0, 'off')).toBe('off');
  expect(mode('any', 0, 'refresh')).toBe('refresh');
  expect(mode('unset-or-zero', 1, 'refresh')).toBe('off');
});
