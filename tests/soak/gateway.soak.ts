import { expect, it } from 'vitest';
import { startGatewayProcess, vitalsMissing } from '../e2e/faults/support/gateway-process.ts';
import { canonicalText } from '../e2e/faults/support/rig.ts';
import { complaintsAbout, faultChooser, raiseStorm, seeded } from '../e2e/faults/support/storm.ts';
import type { Vitals } from '../e2e/faults/support/vitals.ts';
import { startUpstream } from '../upstream/index.ts';

const minutes = Number(process.env.SOAK_MINUTES ?? 10);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
const megabyte = 1_048_576;

const targets = ['primary/gpt-4o', 'fallback/claude-haiku-4-5'];
const route = { targets, firstTokenMs: 800, stallMs: 2_000 };
/** They go on with an answer that the other broke off. */
const able = targets.map((model) => ({ model, continues: 'prefill' as const }));

const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
const middleOf = (vitals: readonly Vitals[], read: (one: Vitals) => number): number => middle(vitals.map(read));
const handles = ({ resources }: Vitals): number => Object.values(resources).reduce((sum, count) => sum + count, 0);

it.skipIf(vitalsMissing)(
  `a gateway goes on for ${minutes} minutes of faults as it began`,
  async () => {
    const knobs = { text: canonicalText, tokens: 60 };
    await using primary = await startUpstream(knobs);
    await using fallback = await startUpstream(knobs);
    await using gateway = await startGatewayProcess({
      detect: { environment: false, ollama: false },
      timeouts: { connectMs: 1_000, firstTokenMs: 1_500, idleMs: 2_000, totalMs: 4_000 },
      providers: {
        primary: { type: 'openai', apiKey: 'k', baseUrl: primary.openaiUrl, models: ['gpt-4o'] },
        fallback: { type: 'anthropic', apiKey: 'k', baseUrl: fallback.url, models: ['claude-haiku-4-5'] },
      },
      routes: {
        route,
        raced: { ...route, targets: able, strategy: 'race' },
        hedged: { ...route, targets: able, hedge: { afterMs: 50, budget: 0.5 } },
      },
      limits: { providers: { primary: { concurrency: 64 } } },
      // Full after the first round, so that it does not grow the heap for the rest.
      cache: { memoryEntries: 100, diskBytes: '16MB' },
    });
    const upstreams = [primary, fallback];
    const random = seeded(seed);
    const rounds: Vitals[] = [];
    let answered = 0;
    const until = performance.now() + minutes * 60_000;
    for (let round = 0; performance.now() < until || rounds.length < 4; round += 1) {
      for (const { set } of upstreams) set({ chooseFault: faultChooser(random, 0.3) });
      const storm = {
        url: gateway.url,
        upstreams,
        random,
        count: 600,
        concurrency: 40,
        name: `Round ${round} of soak`,
        models: ['route', 'raced', 'hedged'],
      };
      const replies = await raiseStorm(storm);
      expect(complaintsAbout(replies, upstreams), `SOAK_SEED=${seed}`).toEqual([]);
      answered += replies.filter(({ outcome }) => outcome === 'answer').length;
      await Promise.all(upstreams.map((upstream) => upstream.waitFor(({ active }) => active === 0)));
      for (const { reset } of upstreams) reset();
      const vitals = await gateway.vitals();
      if (round > 0) rounds.push(vitals);
    }
    const third = Math.max(1, Math.floor(rounds.length / 3));
    const [first, last] = [rounds.slice(0, third), rounds.slice(-third)];
    const growth = {
      rounds: rounds.length,
      answered,
      heapMB: (middleOf(last, ({ heapUsed }) => heapUsed) - middleOf(first, ({ heapUsed }) => heapUsed)) / megabyte,
      buffersMB: (middleOf(last, ({ external }) => external) - middleOf(first, ({ external }) => external)) / megabyte,
      residentMB: (middleOf(last, ({ rss }) => rss) - middleOf(first, ({ rss }) => rss)) / megabyte,
      handles: middleOf(last, handles) - middleOf(first, handles),
      loopDelayP99: middleOf(rounds, ({ loopDelay }) => loopDelay.p99),
      loopDelayMax: Math.max(...rounds.map(({ loopDelay }) => loopDelay.max)),
    };
    console.log(`SOAK_SEED=${seed}: ${JSON.stringify(growth)}`);
    expect(growth.heapMB).toBeLessThan(4);
    expect(growth.buffersMB).toBeLessThan(8);
    expect(growth.residentMB).toBeLessThan(48);
    expect(growth.handles).toBeLessThanOrEqual(10);
    expect(growth.loopDelayP99).toBeLessThan(250);
    expect(gateway.complaints()).not.toContain('    at ');
    expect(await gateway.stop()).toBe(0);
  },
  (minutes + 5) * 60_000,
);
