import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { EventKind } from '../../src/kind.ts';
import { attemptKind } from '../../src/kinds/attempt.ts';
import { faultKind } from '../../src/kinds/process.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type RequestEnd, routerSource } from '../../src/sources/router.ts';

let collector: Collector;
let stop: () => void;
beforeEach(() => {
  collector = createCollector();
  // A token read costs 2 micro-dollars, one from the provider's cache 1, one written 4.
  const costOf = (model: string, usage: NonNullable<RequestEnd['usage']>): number | undefined => {
    if (model === 'unpriced') return undefined;
    const cached = usage.cachedInputTokens ?? 0;
    return ((usage.inputTokens - cached) * 2 + cached + usage.outputTokens * 4) / 1e6;
  };
  stop = routerSource({ costOf, command: 'serve', now: () => 1000 }).start(collector);
});
afterEach(() => stop());

const end = (event: Partial<RequestEnd> & Readonly<Record<string, unknown>> = {}): void =>
  channel('hotpath:ai-router:request-end').publish({
    protocol: 'openai-chat',
    provider: 'openai',
    model: 'small',
    stream: false,
    cache: 'miss',
    outcome: 'complete',
    durationMs: 100,
    ...event,
  });

const recordedOf = (kind: EventKind) =>
  collector
    .recorded()
    .filter((recorded) => recorded.kind === kind)
    .flatMap(({ series }) => series)
    .map(
      ({ names, totals, count }): Readonly<Record<string, unknown>> => ({
        count,
        ...Object.fromEntries(kind.dimensionNames.map((name, place) => [name, names[place]])),
        ...Object.fromEntries(kind.measureNames.map((name, place) => [name, totals[place]])),
      }),
    );

describe('the source of the router', () => {
  it('records who asked for what, and how it ended', () => {
    end({
      requestId: 'r1',
      keyId: 'k1',
      agent: 'reviewer',
      asked: 'fast',
      status: 200,
      attempts: 2,
      finishReason: 'stop',
      stream: true,
    });
    expect(recordedOf(requestKind)).toMatchObject([
      {
        count: 1,
        protocol: 'openai-chat',
        provider: 'openai',
        model: 'small',
        asked: 'fast',
        key: 'k1',
        agent: 'reviewer',
        command: 'serve',
        outcome: 'complete',
        cache: 'miss',
        stream: 'yes',
        finish: 'stop',
        duration: 100_000,
        attempts: 2,
      },
    ]);
  });

  it('counts each token in one class, and what it cost', () => {
    const usage = {
      inputTokens: 100,
      cachedInputTokens: 30,
      cacheWriteTokens: 10,
      outputTokens: 50,
      reasoningTokens: 20,
    };
    end({ usage });
    expect(recordedOf(requestKind)).toMatchObject([
      {
        input: 60,
        cached_input: 30,
        cache_write: 10,
        output: 30,
        reasoning: 20,
        cost: 70 * 2 + 30 + 50 * 4,
        saved_prompt_cache: 30,
      },
    ]);
  });

  it.each([
    ['hit', 'saved_cache'],
    ['coalesced', 'saved_coalescing'],
  ])('counts as saved what a %s would have cost', (cache, figure) => {
    end({ cache, costUsd: 0, usage: { inputTokens: 10, outputTokens: 5 } });
    expect(recordedOf(requestKind)).toMatchObject([{ [figure]: 40, cost: 0, input: 0 }]);
  });

  it('believes a cost that it is told, and says what the batch price took off', () => {
    end({ lane: 'batch', costUsd: 0.00002, usage: { inputTokens: 10, outputTokens: 5 } });
    expect(recordedOf(requestKind)).toMatchObject([{ lane: 'batch', cost: 20, saved_batch: 20 }]);
  });

  it('counts what calls made in vain cost', () => {
    end({ outcome: 'failed', costUsd: 0.5, estimatedUsd: 0.25, error: { code: 'ROUTER_TIMEOUT' } });
    expect(recordedOf(requestKind)).toMatchObject([{ cost: 500_000, estimated: 250_000, code: 'ROUTER_TIMEOUT' }]);
  });

  it('knows the status where a refusal of the provider was passed on', () => {
    end({ outcome: 'failed', status: 404 });
    expect(recordedOf(requestKind)).toMatchObject([{ code: 'HTTP_404' }]);
  });

  it('tells answers whose cost nobody knows', () => {
    end({ model: 'unpriced', usage: { inputTokens: 1, outputTokens: 1 } });
    end({ model: 'unpriced', cache: 'hit', usage: { inputTokens: 1, outputTokens: 1 } });
    end({ model: 'small' });
    end({ model: 'small', protocol: 'anthropic-count-tokens' });
    expect(recordedOf(requestKind).map(({ unpriced }) => unpriced)).toEqual([1, 1, 1, 0]);
  });

  it('knows the pace of a stream, and nothing of what came at once', () => {
    const usage = { inputTokens: 1, outputTokens: 101 };
    end({ stream: true, durationMs: 2100, firstByteMs: 100, usage });
    expect(recordedOf(requestKind)).toMatchObject([{ token_rate: 50, first_token: 100_000 }]);
    end({ stream: true, cache: 'hit', durationMs: 0.5, firstByteMs: 0.4, usage });
    expect(recordedOf(requestKind)[1]).toMatchObject({ token_rate: 0 });
  });

  it('records the stages of a request', () => {
    end({ stages: { routeMs: 0.5, cacheMs: 2, queueMs: 3 } });
    expect(recordedOf(requestKind)).toMatchObject([{ routed: 500, looked_up: 2000, queued: 3000 }]);
  });

  it('records calls to providers, and faults that nobody noticed', () => {
    const attempt = { provider: 'openai', model: 'small', stream: false };
    const failed = {
      durationMs: 20,
      status: 503,
      outcome: 'failed',
      health: 'ill',
      error: { code: 'ROUTER_OVERLOADED' },
    };
    channel('hotpath:ai-router:attempt-end').publish({ ...attempt, ...failed, cause: 'retry' });
    channel('hotpath:ai-router:cache-fault').publish({ operation: 'get', error: new Error('secret prompt') });
    expect(recordedOf(attemptKind)).toMatchObject([
      { cause: 'retry', outcome: 'failed', health: 'ill', code: 'ROUTER_OVERLOADED', duration: 20_000 },
    ]);
    expect(recordedOf(faultKind)).toMatchObject([{ part: 'cache', code: 'Error', count: 1 }]);
  });

  it('stops when it is told to', () => {
    stop();
    end();
    expect(recordedOf(requestKind)).toEqual([]);
  });
});
