import { type QueryOptions, type QueryResult, RouterError } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { readAsText } from '../src/batch/answer-reader.ts';
import { type AskSettings, createAskRow } from '../src/batch/ask-row.ts';

const settings: AskSettings = {
  model: 'p/m',
  maxTokens: undefined,
  temperature: undefined,
  cache: 'use',
  deadlineAt: undefined,
  schema: undefined,
  readAnswer: readAsText,
};
const answer: QueryResult = {
  text: 'A',
  content: [],
  provider: 'p',
  model: 'm',
  finishReason: 'stop',
  cache: 'miss',
  latencyMs: 1,
};
const question = { row: 1, line: 1, columns: {}, prompt: 'q', system: undefined, hash: Buffer.alloc(16) };

/** Asks where every call ends as the script says. */
const ask = async (
  script: readonly (RouterError | QueryResult)[],
  { changes = {}, options = {}, impatient = new AbortController() } = {} as {
    changes?: Partial<AskSettings>;
    options?: Partial<Parameters<ReturnType<typeof createAskRow>>[1]>;
    impatient?: AbortController;
  },
) => {
  const asked: QueryOptions[] = [];
  const waits: number[] = [];
  const query = async (given: QueryOptions): Promise<QueryResult> => {
    const next = script[asked.length] ?? script.at(-1);
    asked.push(given);
    if (next === undefined || next instanceof RouterError) throw next;
    return next;
  };
  const row = createAskRow(
    { query },
    { ...settings, ...changes },
    {
      now: () => 1_000,
      random: () => 0.5,
      wait: async (ms, signal) => {
        waits.push(ms);
        signal.throwIfAborted();
      },
    },
  );
  const signal = new AbortController().signal;
  const outcome = await row(question, {
    signal,
    impatient: impatient.signal,
    onLane: () => {},
    isAgain: false,
    isLive: false,
    ...options,
  });
  return { outcome, asked, waits };
};

const failure = (code: RouterError['code'], status: number, more: object = {}): RouterError =>
  new RouterError(code, 'why', { status, ...more });
const overloaded = failure('ROUTER_UPSTREAM_STATUS', 503, { isRetryable: true });
const failed = (code: string) => ({ kind: 'settled', outcome: { error: { code, message: 'why' } } });

const halted = (message: RegExp) => ({
  kind: 'halted',
  code: 'ROUTER_UPSTREAM_STATUS',
  message: expect.stringMatching(message),
});

describe('a row', () => {
  it('is asked again where its failure may pass, ever later, and not for ever', async () => {
    const { outcome, waits } = await ask([overloaded, overloaded, answer]);
    expect(outcome).toMatchObject({ kind: 'settled', outcome: { answer: 'A', model: 'p/m' } });
    expect(waits).toEqual([1_000, 4_000]);
    const never = await ask([overloaded]);
    expect(never.outcome).toEqual(failed('ROUTER_UPSTREAM_STATUS'));
    expect(never.waits).toEqual([1_000, 4_000, 16_000]);
  });

  it('waits as long as it is told to, and for limits of ours as often as need be', async () => {
    const later = failure('ROUTER_UPSTREAM_STATUS', 429, { isRetryable: true, retryAfterMs: 7_000 });
    expect((await ask([later, answer])).waits).toEqual([7_000]);
    const ours = failure('ROUTER_LIMITED', 429, { isRetryable: true, retryAfterMs: 90_000 });
    const { outcome, waits } = await ask([ours, ours, ours, ours, ours, answer]);
    expect([outcome.kind, waits]).toEqual(['settled', Array(5).fill(60_000)]);
  });

  it('that waits is given up when the run is to end', async () => {
    const impatient = new AbortController();
    impatient.abort();
    expect((await ask([overloaded, answer], { impatient })).outcome).toEqual({ kind: 'aborted' });
    expect((await ask([answer], { impatient })).outcome.kind).toBe('settled');
  });

  it.each([
    [failure('ROUTER_UPSTREAM_STATUS', 400), failed('ROUTER_UPSTREAM_STATUS')],
    [failure('ROUTER_UPSTREAM_STATUS', 401), halted(/^why\. Correct its key/)],
    [failure('ROUTER_UPSTREAM_STATUS', 402), halted(/^why\. Look at the balance/)],
    [failure('ROUTER_MODEL_UNKNOWN', 404), { kind: 'halted', code: 'ROUTER_MODEL_UNKNOWN', message: 'why' }],
    [failure('ROUTER_UPSTREAM_STATUS', 404), failed('ROUTER_UPSTREAM_STATUS')],
  ])('%# ends at once where another try is of no use', async (error, expected) => {
    const { outcome, asked } = await ask([error]);
    expect([outcome, asked.length]).toEqual([expected, 1]);
  });

  it('counts what calls are billed that brought nothing', async () => {
    const billed = failure('ROUTER_UPSTREAM_CUT', 502, { isRetryable: true, costUsd: 0.25 });
    const { outcome } = await ask([billed, billed, { ...answer, costUsd: 0.5 }]);
    expect(outcome).toMatchObject({ outcome: { answer: 'A', costUsd: 1 } });
    expect((await ask([billed])).outcome).toMatchObject({ outcome: { error: {}, costUsd: 1 } });
    const key = failure('ROUTER_UPSTREAM_STATUS', 401, {});
    expect((await ask([billed, key])).outcome).toMatchObject({ kind: 'halted', paidUsd: 0.25 });
    const impatient = new AbortController();
    impatient.abort();
    expect((await ask([billed], { impatient })).outcome).toEqual({ kind: 'aborted', paidUsd: 0.25 });
    const given = failure('ROUTER_ABORTED', 499, { costUsd: 0.125 });
    const options = { signal: AbortSignal.abort() };
    expect((await ask([given], { options })).outcome).toEqual({ kind: 'aborted', paidUsd: 0.125 });
  });

  it('has no digits in its cost that adding up has left', async () => {
    const { outcome } = await ask([{ ...answer, costUsd: 0.000008699999999999998 }]);
    expect(outcome).toMatchObject({ outcome: { costUsd: 0.0000087 } });
  });

  it('has what is left of the deadline, unless it is asked live', async () => {
    const changes = { deadlineAt: 5_000 };
    expect((await ask([answer], { changes })).asked[0]).toMatchObject({ deadlineMs: 4_000 });
    expect((await ask([answer], { changes, options: { isLive: true } })).asked[0]).not.toHaveProperty('deadlineMs');
  });

  it('whose answer was unfit is asked past the cache', async () => {
    expect((await ask([answer], { options: { isAgain: true } })).asked[0]?.cache).toBe('refresh');
    const off = { changes: { cache: 'off' as const }, options: { isAgain: true } };
    expect((await ask([answer], off)).asked[0]?.cache).toBe('off');
  });
});
