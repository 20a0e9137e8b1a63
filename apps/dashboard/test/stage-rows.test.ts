import { expect, it } from 'vitest';
import { stageRows } from '../src/pages/requests/stage-rows.ts';

it('tells the stages of a request in words, in the order in which they began', () => {
  const rows = stageRows([
    {
      stage: 'attempt',
      fromMs: 3,
      durationMs: 4,
      provider: 'one',
      model: 'm',
      cause: 'hedge',
      outcome: 'complete',
      status: 200,
    },
    { stage: 'attempt', fromMs: 3, durationMs: 4, outcome: 'failed', code: 'PROVIDER_TIMEOUT' },
    { stage: 'new-one', fromMs: 5, durationMs: 6 },
    { stage: 'queue', fromMs: 1, durationMs: 2 },
  ]);
  expect(rows.map(({ name, about, tone }) => [name, about, tone])).toEqual([
    ['Wait for room', undefined, 'warn'],
    ['Call (hedge)', 'one, m, complete, status 200', 'warn'],
    ['Call', 'failed, PROVIDER_TIMEOUT', 'bad'],
    ['new-one', undefined, 'soft'],
  ]);
});
