import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type QueryOptions, type QueryResult, RouterError } from '@hotpath/runtime';
import { type ItemRun, openItemRun } from '@hotpath/runtime/items';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAsText } from '../src/batch/answer-reader.ts';
import { type AskSettings, createAskRow } from '../src/batch/ask-row.ts';
import type { Outcome } from '../src/batch/outcome.ts';
import type { Question } from '../src/batch/question.ts';
import { explainError } from '../src/next-step.ts';

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

interface AskOptions {
  readonly changes?: Partial<AskSettings>;
  /** Told to end while the first call is under way. */
  readonly impatient?: AbortController;
  readonly stopping?: AbortController;
  readonly run?: ItemRun<Question>;
}

const graceMs = 1e9;
const openRun = (path?: string): ItemRun<Question> =>
  openItemRun<Question>({
    path,
    keyOf: ({ prompt }) => prompt,
    clock: { now: () => 1_000, after: () => () => {} },
  });

/** Asks where every call ends as the script says. */
const ask = async (
  script: readonly (RouterError | QueryResult)[],
  { changes = {}, impatient, stopping, run }: AskOptions = {},
) => {
  const asked: QueryOptions[] = [];
  const waits: number[] = [];
  const query = async (given: QueryOptions): Promise<QueryResult> => {
    const next = script[asked.length] ?? script.at(-1);
    asked.push(given);
    impatient?.abort();
    stopping?.abort();
    if (next === undefined || next instanceof RouterError) throw next;
    return next;
  };
  const after = (ms: number, then: () => void) => {
    if (ms === graceMs) return () => {};
    waits.push(ms);
    queueMicrotask(then);
    return () => {};
  };
  const items = run ?? openItemRun<Question>({ keyOf: ({ prompt }) => prompt, clock: { now: () => 1_000, after } });
  const row = createAskRow({ query }, { ...settings, ...changes }, { now: () => 1_000, random: () => 0.5 });
  const outcomes: Outcome[] = [];
  const paid: number[] = [];
  const { end } = await items.run(() => [question], {
    name: 'test',
    ...row,
    retryFailed: true,
    graceMs,
    finishing: impatient?.signal,
    signal: stopping?.signal,
    onEnd: ({ output }) => void outcomes.push(output as Outcome),
    onLost: (usd) => void paid.push(usd),
  });
  items.close();
  const [paidUsd] = paid;
  const lost = paidUsd === undefined ? {} : { paidUsd };
  const [outcome] = outcomes;
  const over =
    end.kind === 'halted' ? { kind: 'halted', ...explainError(end.error), ...lost } : { kind: 'aborted', ...lost };
  return { outcome: outcome === undefined ? over : { kind: 'settled', outcome }, asked, waits };
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
    expect((await ask([overloaded, answer], { impatient })).outcome).toEqual({ kind: 'aborted' });
    expect((await ask([answer], { impatient: new AbortController() })).outcome.kind).toBe('settled');
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
    expect((await ask([billed], { impatient })).outcome).toEqual({ kind: 'aborted', paidUsd: 0.25 });
    const given = failure('ROUTER_ABORTED', 499, { costUsd: 0.125 });
    expect((await ask([given], { stopping: new AbortController() })).outcome).toEqual({
      kind: 'aborted',
      paidUsd: 0.125,
    });
  });

  it('has no digits in its cost that adding up has left', async () => {
    const { outcome } = await ask([{ ...answer, costUsd: 0.000008699999999999998 }]);
    expect(outcome).toMatchObject({ outcome: { costUsd: 0.0000087 } });
  });

  it('has what is left of the deadline, unless no batch takes it: then it waits for its place, and is asked live', async () => {
    const changes = { deadlineAt: 5_000 };
    expect((await ask([answer], { changes })).asked[0]).toMatchObject({ deadlineMs: 4_000 });

    const asked: QueryOptions[] = [];
    const refused = Promise.withResolvers<void>();
    const query = async (given: QueryOptions): Promise<QueryResult> => {
      asked.push(given);
      if (asked.length > 1) {
        refused.resolve();
        return answer;
      }
      given.onLane?.('batch');
      await refused.promise;
      // Another has its place by now.
      given.onLane?.('live');
      given.signal?.throwIfAborted();
      return answer;
    };
    const run = openItemRun<Question>({ keyOf: ({ prompt }) => prompt });
    const { state } = await run.run(() => [question, { ...question, prompt: 'other' }], {
      name: 'test',
      concurrency: 1,
      ...createAskRow({ query }, { ...settings, ...changes }, { now: () => 1_000, random: () => 0.5 }),
    });
    run.close();
    expect([state, asked.map(({ prompt }) => prompt)]).toEqual(['committed', ['q', 'other', 'q']]);
    expect(asked[2]).not.toHaveProperty('deadlineMs');
  });

  it('whose answer was unfit is asked past the cache', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-batch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'job.sqlite');
    const readAnswer = () => {
      throw new Error('unfit');
    };
    expect((await ask([answer], { changes: { readAnswer }, run: openRun(path) })).outcome).toMatchObject({
      outcome: { error: { message: 'unfit' }, cache: 'miss' },
    });
    const off = { cache: 'off', readAnswer } as const;
    expect((await ask([answer], { changes: off, run: openRun(path) })).asked[0]?.cache).toBe('off');
    expect((await ask([answer], { run: openRun(path) })).asked[0]?.cache).toBe('refresh');
  });
});
