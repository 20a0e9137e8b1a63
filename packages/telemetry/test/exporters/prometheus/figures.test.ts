import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { createExposition, type ExpositionFormat } from '../../../src/exporters/prometheus/exposition.ts';
import { createFigures } from '../../../src/exporters/prometheus/figures.ts';
import { defineKind } from '../../../src/kind.ts';
import { sampleKind } from '../../../src/kinds/process.ts';
import type { Stop } from '../../../src/source.ts';
import { routerSource, type TokenUsage } from '../../../src/sources/router.ts';
import { serverSource } from '../../../src/sources/server.ts';
import { parseExposition, type Samples } from '../../support/parse-exposition.ts';
import { complaintsOf, findPromtool } from '../../support/promtool.ts';

// A dollar for a token out, a tenth of one in, a hundredth where it was cached.
const costOf = (model: string, { inputTokens, outputTokens, cachedInputTokens = 0 }: TokenUsage) =>
  model === 'free' ? undefined : (inputTokens - cachedInputTokens) / 10 + cachedInputTokens / 100 + outputTokens;

let collector: Collector;
let figures: ReturnType<typeof createFigures>;
let stops: readonly Stop[];
const begin = (mostNames?: number): void => {
  collector = createCollector({ mostNames });
  figures = createFigures(collector);
  stops = [routerSource({ costOf }), serverSource()].map((source) => source.start(collector));
};
const finish = (): void => {
  for (const stop of stops) stop();
};
beforeEach(() => begin());
afterEach(finish);

const write = (format: ExpositionFormat): string => {
  const exposition = createExposition(format);
  figures.write(exposition);
  return String(exposition.end());
};
const scrape = (): Samples => parseExposition(write('text'), 'text');

const call = { protocol: 'openai-chat', provider: 'openai', model: 'gpt', stream: false };
const complete = { ...call, cache: 'miss', outcome: 'complete', durationMs: 800, firstByteMs: 300 };
const end = (event: object = {}) => channel('hotpath:ai-router:request-end').publish({ ...complete, ...event });
const attemptEnd = (event: object) => channel('hotpath:ai-router:attempt-end').publish(event);
const usage = { inputTokens: 100, outputTokens: 20 };

describe('requests', () => {
  it('are counted by what they were and became', () => {
    end();
    end({ protocol: 'anthropic-messages', outcome: 'failed', firstByteMs: undefined });
    const samples = scrape();
    const one = 'provider="openai",model="gpt",outcome';
    expect(samples.get(`hotpath_requests_total{protocol="openai-chat",${one}="complete",cache="miss"}`)).toBe(1);
    expect(samples.get(`hotpath_requests_total{protocol="anthropic-messages",${one}="failed",cache="miss"}`)).toBe(1);
  });

  it('are not told apart by who asks: anybody could make as many series as there is room for', () => {
    for (const each of ['one', 'two']) end({ keyId: each, agent: each, asked: each });
    expect(write('text')).not.toMatch(/"(one|two)"/);
    expect(
      scrape().get('hotpath_request_duration_seconds_count{provider="openai",model="gpt",cache="miss",stream="false"}'),
    ).toBe(2);
  });

  it('are timed to the first byte and to the end, the failed ones left out', () => {
    end();
    end({ outcome: 'left', durationMs: 90_000 });
    end({ outcome: 'failed', firstByteMs: 90_000 });
    end({ cache: 'hit', durationMs: 0.2, firstByteMs: 0.1, stream: true });
    const samples = scrape();
    const labels = 'provider="openai",model="gpt",cache="miss",stream="false"';
    expect(samples.get(`hotpath_request_duration_seconds_count{${labels}}`)).toBe(1);
    expect(samples.get(`hotpath_request_duration_seconds_sum{${labels}}`)).toBe(0.8);
    expect(samples.get(`hotpath_request_duration_seconds_bucket{${labels},le="0.5"}`)).toBe(0);
    expect(samples.get(`hotpath_request_duration_seconds_bucket{${labels},le="1"}`)).toBe(1);
    expect(samples.get(`hotpath_time_to_first_byte_seconds_count{${labels}}`)).toBe(2);
    const hit = 'provider="openai",model="gpt",cache="hit",stream="true"';
    expect(samples.get(`hotpath_request_duration_seconds_bucket{${hit},le="0.0005"}`)).toBe(1);
  });

  it('that could wait are not timed, and what the batch saved is counted', () => {
    end({ lane: 'batch', usage, costUsd: 15, durationMs: 3_600_000 });
    end({ lane: 'live', usage, costUsd: 30, durationMs: 3_600_000 });
    const samples = scrape();
    expect(samples.get('hotpath_saved_usd_total{provider="openai",model="gpt",by="batch"}')).toBe(15);
    expect(samples.get('hotpath_cost_usd_total{provider="openai",model="gpt"}')).toBe(45);
    const labels = 'provider="openai",model="gpt",cache="miss",stream="false"';
    expect(samples.get(`hotpath_request_duration_seconds_count{${labels}}`)).toBeUndefined();
  });

  it('that nobody could be found for have a place of their own', () => {
    end({ provider: '', model: 'made up by a client', outcome: 'failed' });
    const labels = 'protocol="openai-chat",provider="none",model="none",outcome="failed",cache="miss"';
    expect(scrape().get(`hotpath_requests_total{${labels}}`)).toBe(1);
  });
});

describe('models', () => {
  it('beyond the first few share one name, and their number does not grow', () => {
    finish();
    begin(3);
    for (let index = 0; index < 5_000; index += 1) end({ model: `made-up-${index}` });
    end({ model: 'made-up-1' });
    const samples = scrape();
    const count = (model: string) =>
      samples.get(
        `hotpath_requests_total{protocol="openai-chat",provider="openai",model="${model}",outcome="complete",cache="miss"}`,
      );
    expect([count('made-up-0'), count('made-up-1'), count('made-up-3'), count('other')]).toEqual([
      1,
      2,
      undefined,
      4_997,
    ]);
    const [first = ''] = [...samples.keys()].filter((name) => name.includes('_seconds_sum'));
    expect(first).toContain('made-up-0');
    expect([...samples.keys()].filter((name) => name.includes('duration_seconds_sum'))).toHaveLength(4);
  });

  it('may have any name, though not of any length', () => {
    end({ model: `a "quoted"\nname ${'x'.repeat(200)}` });
    const [name = ''] = [...scrape().keys()];
    expect(name).toContain('model="a \\"quoted\\"\\nname xxx');
    expect(name.length).toBeLessThan(300);
  });
});

describe('tokens and money', () => {
  const labels = 'provider="openai",model="gpt"';

  it('are those of calls that were made, each token in one class', () => {
    const used = {
      inputTokens: 100,
      cachedInputTokens: 30,
      cacheWriteTokens: 10,
      outputTokens: 50,
      reasoningTokens: 15,
    };
    end({ usage: used });
    end({ usage: used, cache: 'bypass', outcome: 'failed' });
    end({ usage: used, cache: 'hit' });
    end({ usage: used, cache: 'coalesced' });
    const samples = scrape();
    const tokens = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'].map((kind) =>
      samples.get(`hotpath_tokens_total{${labels},class="${kind}"}`),
    );
    expect(tokens).toEqual([120, 60, 20, 70, 30]);
    const each = 70 / 10 + 30 / 100 + 50;
    expect(samples.get(`hotpath_cost_usd_total{${labels}}`)).toBeCloseTo(2 * each);
    expect(samples.get(`hotpath_saved_usd_total{${labels},by="cache"}`)).toBeCloseTo(each);
    expect(samples.get(`hotpath_saved_usd_total{${labels},by="coalescing"}`)).toBeCloseTo(each);
    expect(samples.get(`hotpath_saved_usd_total{${labels},by="prompt_caching"}`)).toBeCloseTo(2 * (3 - 0.3));
  });

  it('go by what the router says an answer cost, where it does', () => {
    end({ usage, costUsd: 0.25 });
    expect(scrape().get(`hotpath_cost_usd_total{${labels}}`)).toBe(0.25);
  });

  it('hold what was billed though nobody got an answer', () => {
    end({ outcome: 'failed', costUsd: 0.5, estimatedUsd: 0.5 });
    end({ outcome: 'failed' });
    expect(scrape().get(`hotpath_cost_usd_total{${labels}}`)).toBe(0.5);
  });

  it('are not made up: an answer without a price is counted as one, and so is one without usage', () => {
    end({ model: 'free', usage });
    end({ model: 'free', usage, cache: 'hit' });
    end({ model: 'free' });
    end({ model: 'free', protocol: 'anthropic-count-tokens' });
    end({ model: 'free', outcome: 'left' });
    const samples = scrape();
    expect(samples.get('hotpath_unpriced_answers_total{provider="openai",model="free"}')).toBe(3);
    expect([...samples.keys()].filter((name) => name.includes('usd'))).toEqual([]);
  });

  it('of an answer from the cache that its client did not wait for are not saved', () => {
    end({ usage, cache: 'coalesced', outcome: 'left' });
    expect([...scrape().keys()].filter((name) => name.includes('usd'))).toEqual([]);
  });
});

describe('attempts', () => {
  const attempt = { provider: 'openai', model: 'gpt', stream: false };
  const labels = 'provider="openai",model="gpt"';

  it('are counted by how they ended', () => {
    for (const [outcome, status] of [
      ['complete', 200],
      ['failed', 429],
      ['failed', 503],
      ['failed', 0],
      ['abandoned', undefined],
    ]) {
      attemptEnd({ ...attempt, durationMs: 5, outcome, status });
    }
    const samples = scrape();
    const count = (outcome: string, status: string) =>
      samples.get(`hotpath_attempts_total{${labels},outcome="${outcome}",status="${status}"}`);
    expect([count('complete', '2xx'), count('failed', '4xx'), count('failed', '5xx')]).toEqual([1, 1, 1]);
    expect([count('failed', 'none'), count('abandoned', 'none')]).toEqual([1, 1]);
  });

  it('that were not the first of their request are counted by why they were made', () => {
    for (const cause of [undefined, 'first', 'retry', 'retry', 'hedge', 'failover', 'continuation', 'something new']) {
      attemptEnd({ ...attempt, ...(cause && { cause }) });
    }
    const samples = scrape();
    const counts = ['retries', 'hedges', 'failovers', 'continuations'].map((name) =>
      samples.get(`hotpath_${name}_total{${labels}}`),
    );
    expect(counts).toEqual([2, 1, 1, 1]);
  });
});

const build = defineKind({
  name: 'build',
  about: 'A `build` came to its end.',
  dimensions: { project: 'Its name.' },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'How long it took.' },
    size: { unit: 'bytes', keep: 'sum', about: 'What it made.' },
    slowest: { unit: 'microseconds', keep: 'highest', about: 'Its slowest step.' },
  },
});

describe('kinds of others', () => {
  it('are told by their own names, in units of Prometheus', () => {
    const builds = collector.recorder(build);
    builds.names[build.dimensionAt.project] = 'site';
    builds.values[build.measureAt.duration] = 1_500_000;
    builds.values[build.measureAt.size] = 300;
    builds.push(0);
    const samples = scrape();
    const labels = 'project="site"';
    expect(samples.get(`hotpath_build_events_total{${labels}}`)).toBe(1);
    expect(samples.get(`hotpath_build_duration_seconds_sum{${labels}}`)).toBe(1.5);
    expect(samples.get(`hotpath_build_duration_seconds_bucket{${labels},le="1"}`)).toBe(0);
    expect(samples.get(`hotpath_build_duration_seconds_bucket{${labels},le="2.5"}`)).toBe(1);
    expect(samples.get(`hotpath_build_size_bytes_total{${labels}}`)).toBe(300);
    expect([...samples.keys()].filter((name) => name.includes('slowest'))).toEqual([]);
  });

  it('leave out samples, which a scrape takes itself', () => {
    collector.recorder(sampleKind).push(0);
    expect([...scrape().keys()].filter((name) => name.includes('sample_'))).toEqual([]);
  });
});

describe('what telemetry itself could not do', () => {
  it('is told: events under other, and those that did not arrive', async () => {
    const broken = createCollector({
      mostNames: 1,
      exporters: [{ name: 'disk', export: () => Promise.reject(new Error('full')), close: async () => {} }],
      flushMs: 'never',
    });
    const builds = broken.recorder(build);
    for (const project of ['a', 'b', 'c']) {
      builds.names[build.dimensionAt.project] = project;
      builds.push(0);
    }
    await broken.flush();
    const exposition = createExposition('text');
    createFigures(broken).write(exposition);
    const samples = parseExposition(String(exposition.end()), 'text');
    expect(samples.get('hotpath_telemetry_overflow_total{kind="build"}')).toBe(2);
    expect(samples.get('hotpath_telemetry_lost_events_total{exporter="disk"}')).toBe(3);
    await broken.close();
  });
});

describe('a scrape', () => {
  const work = (): void => {
    end({ usage, stream: true });
    end({ usage, cache: 'hit', model: 'a "b"\nc' });
    attemptEnd({ provider: 'openai', model: 'gpt', durationMs: 5, outcome: 'failed', status: 503, cause: 'retry' });
    channel('hotpath:server:request-refused').publish({ protocol: 'openai-chat', status: 401, code: 'KEY_UNKNOWN' });
    collector.recorder(build).push(0);
  };

  it.each(['text', 'openmetrics'] as const)(
    'keeps to the rules of %s, also where there is more than before',
    (format) => {
      work();
      write(format);
      work();
      end({ model: 'new' });
      const samples = parseExposition(write(format), format);
      expect(
        samples.get('hotpath_refused_requests_total{protocol="openai-chat",code="KEY_UNKNOWN",status="401"}'),
      ).toBe(2);
    },
  );

  it('pleases promtool', (context) => {
    if (findPromtool() === undefined && !process.env.CI) return context.skip('promtool is not installed');
    work();
    expect(complaintsOf(write('text'))).toBe('');
  });
});
