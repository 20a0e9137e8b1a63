import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type HotpathConfig } from '@hotpath/runtime';
import { openTelemetry } from '@hotpath/runtime/telemetry';
import { startServer } from '@hotpath/server';
import { afterEach, describe, expect, it } from 'vitest';
import { type RecordedRequest, startUpstream, type Upstream } from '../upstream/index.ts';
import { faultChooser, seeded } from './faults/support/storm.ts';

const price = { input: 3, output: 15 };
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A gateway before two upstreams, with what it records. */
const startBilled = async (route: object) => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-costs-'));
  const knobs = { tokens: 40 };
  const [primary, fallback] = await Promise.all([startUpstream(knobs), startUpstream(knobs)]);
  const targets = ['primary/gpt-4o', 'fallback/claude-haiku-4-5'];
  const config: HotpathConfig = {
    detect: { environment: false, ollama: false },
    timeouts: { connectMs: 1_000, firstTokenMs: 1_500, idleMs: 1_500, totalMs: 4_000 },
    providers: {
      primary: { type: 'openai', apiKey: 'k', baseUrl: primary.openaiUrl },
      fallback: { type: 'anthropic', apiKey: 'k', baseUrl: fallback.url },
    },
    prices: { 'gpt-4o': price, 'claude-haiku-4-5': price },
    routes: { route: { targets, ...route } },
  };
  const hotpath = await createHotpath(config, { environment: { HOTPATH_HOME: home } });
  const telemetry = openTelemetry({
    config: hotpath.config.telemetry,
    command: 'serve',
    prices: () => hotpath.prices,
    isLong: true,
  });
  const server = await startServer({ hotpath, port: 0 });
  ends.push(
    () => rm(home, { recursive: true, force: true }),
    () => Promise.all([primary.close(), fallback.close()]),
    () => telemetry.close(),
    () => hotpath.close(),
    () => server.close({ graceMs: 0 }),
  );
  const ask = async (text: string, isStream: boolean): Promise<void> => {
    const streaming = isStream && { stream: true, stream_options: { include_usage: true } };
    const body = { model: 'route', messages: [{ role: 'user', content: text }], ...streaming };
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.text().catch(() => {});
  };
  /** What is recorded in all, micro-dollars. */
  const recorded = async () => {
    await expect.poll(() => primary.active + fallback.active, { timeout: 10_000 }).toBe(0);
    await telemetry.collector.flush();
    const now = Date.now();
    const query = { kind: 'request', fromMs: now - 86_400_000, toMs: now + 86_400_000, by: ['cache'] };
    const groups = (await telemetry.ask?.('groups', query)) ?? [];
    const sum = (figure: string): number => groups.reduce((all, { totals }) => all + (totals[figure] ?? 0), 0);
    const requests = groups.reduce((all, { count }) => all + count, 0);
    return {
      requests,
      cost: sum('cost'),
      estimated: sum('estimated'),
      saved: sum('saved_cache') + sum('saved_coalescing'),
    };
  };
  return { upstreams: [primary, fallback], ask, recorded };
};

/** Micro-dollars that the upstreams charge for the answers they have given. */
const billOf = (upstreams: readonly Upstream[], isBilled: (request: RecordedRequest) => boolean): number =>
  upstreams
    .flatMap(({ requests }) => requests.filter(isBilled))
    .reduce(
      (sum, { usage }) => sum + (usage?.inputTokens ?? 0) * price.input + (usage?.outputTokens ?? 0) * price.output,
      0,
    );

const failsUnanswered = new Set(['rate-limit-bare', 'server-error', 'unavailable', 'reset-before-head']);

describe('what is recorded of costs', () => {
  it('is what the providers charge, whatever fails before it is answered', async () => {
    const random = seeded(7);
    const { upstreams, ask, recorded } = await startBilled({});
    const chooseFault = (): { name: 'server-error' } | { name: 'reset-before-head' } | undefined =>
      random() < 0.3 ? { name: random() < 0.5 ? 'server-error' : 'reset-before-head' } : undefined;
    for (const { set } of upstreams) set({ chooseFault });
    // Some are asked again, and some by two at once.
    const asked = Array.from({ length: 240 }, (_, index) => `question ${index % 160}`);
    for (let at = 0; at < asked.length; at += 12)
      await Promise.all(asked.slice(at, at + 12).map((text, index) => ask(text, index % 3 === 0)));
    const told = await recorded();
    const bill = billOf(upstreams, ({ fault }) => fault === undefined || !failsUnanswered.has(fault));
    expect(told.requests).toBe(240);
    expect(told.estimated).toBe(0);
    expect(bill).toBeGreaterThan(50_000);
    expect(Math.abs(told.cost - bill)).toBeLessThanOrEqual(5);
    expect(told.saved).toBeGreaterThan(0);
  });

  it('is no less than what they charge for whole answers, and what is more is called an estimate, with hedges and streams that break', async () => {
    const { upstreams, ask, recorded } = await startBilled({ hedge: { afterMs: 40, budget: 0.5 } });
    for (const { set } of upstreams) set({ chooseFault: faultChooser(seeded(11), 0.4) });
    for (let round = 0; round < 12; round += 1)
      await Promise.all(
        Array.from({ length: 12 }, (_, index) => ask(`round ${round} question ${index}`, index % 2 === 0)),
      );
    const told = await recorded();
    const whole = billOf(upstreams, ({ fault, aborted }) => fault === undefined && !aborted);
    const all = billOf(upstreams, () => true);
    expect(told.requests).toBe(144);
    expect(told.cost).toBeGreaterThanOrEqual(whole - 5);
    expect(told.cost - told.estimated).toBeLessThanOrEqual(all + 5);
    expect(told.estimated).toBeGreaterThan(0);
  });
});
