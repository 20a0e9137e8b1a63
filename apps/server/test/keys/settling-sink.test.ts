import type { AnswerHead, AnswerSink, RouterError, Usage } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { createSettlingSink, type SettlingSink } from '../../src/keys/settling-sink.ts';

const head: AnswerHead = {
  status: 200,
  contentType: 'application/json',
  headers: {},
  provider: 'openai',
  model: 'gpt-4o',
  cache: 'miss',
};
const usage: Usage = { inputTokens: 10, outputTokens: 5 };
const body = Buffer.from('{}');
const error = new Error('no') as RouterError;

type End = Parameters<AnswerSink['end']>[0];
const ended: End = { outcome: 'ok', finishReason: 'stop', usage } as unknown as End;
const silent: End = { outcome: 'ok', finishReason: 'stop' } as unknown as End;

/** What was settled, and what reached the sink behind. */
const run = (play: (sink: SettlingSink) => void) => {
  const settled: unknown[][] = [];
  const passed: string[] = [];
  const note =
    (name: string) =>
    (..._: unknown[]): boolean => {
      passed.push(name);
      return true;
    };
  const behind = {
    whole: note('whole'),
    start: note('start'),
    data: note('data'),
    end: note('end'),
    fail: note('fail'),
  } as AnswerSink;
  const sink = createSettlingSink(behind, {
    settle: (...given) => settled.push(given.filter((each) => each !== undefined)),
    leftUsd: 0.05,
    costOf: (model, { inputTokens, outputTokens }) =>
      model === 'gpt-4o' ? (inputTokens + outputTokens) / 100 : undefined,
  });
  play(sink);
  return { settled: settled[0], passed };
};

describe('an answer is charged', () => {
  it.each<[string, unknown[], (sink: SettlingSink) => void]>([
    ['what it says', [0.2, usage], (sink) => sink.whole({ ...head, usage, costUsd: 0.2 }, body)],
    ['what its tokens cost', [0.15, usage], (sink) => sink.whole({ ...head, usage }, body)],
    ['what was reserved where it tells no tokens', [], (sink) => sink.whole(head, body)],
    ['nothing from the cache', [0], (sink) => sink.whole({ ...head, cache: 'hit', usage, costUsd: 0.2 }, body)],
    ['nothing where another one pays', [0], (sink) => sink.whole({ ...head, cache: 'coalesced', usage }, body)],
    ['nothing where it is a refusal', [0], (sink) => sink.whole({ ...head, status: 429 }, body)],
    [
      'for the calls that were made in vain before a refusal',
      [0.1],
      (sink) => sink.whole({ ...head, status: 429, costUsd: 0.1 }, body),
    ],
    ['nothing where none came', [0], (sink) => sink.fail(error)],
    ['for the calls that were made in vain where none came', [0.1], (sink) => sink.fail(error, { costUsd: 0.1 })],
    ['what was reserved where the client left before', [], (sink) => sink.left(undefined)],
  ])('%s', (_, expected, play) => {
    expect(run(play).settled).toEqual(expected);
  });

  it.each<[string, unknown[], AnswerHead['cache'], (sink: SettlingSink) => void]>([
    ['by its tokens', [0.15, usage], 'miss', (sink) => sink.end(ended)],
    ['what it and all calls before it cost', [0.4, usage], 'miss', (sink) => sink.end({ ...ended, costUsd: 0.4 })],
    ['what is estimated where it breaks off', [0.1], 'miss', (sink) => sink.fail(error, { costUsd: 0.1 })],
    ['nothing where another one pays for what broke off', [0], 'coalesced', (sink) => sink.fail(error, { costUsd: 0 })],
    ['what was reserved without them', [], 'miss', (sink) => sink.end(silent)],
    ['what was reserved where it breaks off', [], 'bypass', (sink) => sink.fail(error)],
    ['what was reserved where the client leaves', [], 'miss', (sink) => sink.left(undefined)],
    ['what was used by then where that is more', [0.3], 'miss', (sink) => sink.left({ costUsd: 0.3 })],
    ['no less than what leaving costs', [0.05], 'miss', (sink) => sink.left({ costUsd: 0.01 })],
    [
      'nothing where another one pays for what the client leaves',
      [0],
      'coalesced',
      (sink) => sink.left({ costUsd: 0.3 }),
    ],
    ['nothing from the cache', [0], 'hit', (sink) => sink.end(ended)],
    ['nothing where another one pays', [0], 'coalesced', (sink) => sink.end(ended)],
    ['nothing from the cache either where the client leaves', [0], 'hit', (sink) => sink.left(undefined)],
  ])('as a stream: %s', (_, expected, cache, play) => {
    const { settled, passed } = run((sink) => {
      sink.start({ ...head, cache });
      expect(sink.data(body)).toBe(true);
      play(sink);
    });
    expect(settled).toEqual(expected);
    expect(passed.slice(0, 2)).toEqual(['start', 'data']);
  });
});

it('everything reaches the client', () => {
  expect(run((sink) => sink.whole(head, body)).passed).toEqual(['whole']);
  expect(run((sink) => sink.fail(error)).passed).toEqual(['fail']);
  expect(
    run((sink) => {
      sink.start(head);
      sink.end(ended);
    }).passed,
  ).toEqual(['start', 'end']);
});
