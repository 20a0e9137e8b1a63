import { expect, it } from 'vitest';
import { stageRows } from '../src/pages/requests/stage-rows.ts';

it('tells the stages of a request in words, in the order in which they began', () => {
  const rows = stageRows(
    [
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
    ],
    true,
  );
  expect(rows.map(({ name, about, tone }) => [name, about, tone])).toEqual([
    ['Wait for room', undefined, 'warn'],
    ['Call (hedge)', 'one, m, complete, status 200', 'warn'],
    ['Call', 'failed, PROVIDER_TIMEOUT', 'bad'],
    ['new-one', undefined, 'soft'],
  ]);
});

it('tells what began at once in the order of its kind, and what waits for the first token when that is there', () => {
  const stages = [
    { stage: 'stream', fromMs: 9, durationMs: 1 },
    { stage: 'first-token', fromMs: 0, durationMs: 9 },
    { stage: 'attempt', fromMs: 2, durationMs: 7 },
    { stage: 'queue', fromMs: 2, durationMs: 0 },
    { stage: 'cache', fromMs: 0, durationMs: 2 },
    { stage: 'route', fromMs: 0, durationMs: 0 },
  ];
  const early = ['Choose a provider', 'Ask the cache', 'Wait for room', 'Call'];
  const names = (isStream: boolean) => stageRows(stages, isStream).map(({ name }) => name);
  expect(names(true)).toEqual([...early, 'Wait for the first token', 'Stream the answer']);
  expect(names(false)).toEqual([...early, 'Wait for the answer', 'Hand the answer on']);
});
