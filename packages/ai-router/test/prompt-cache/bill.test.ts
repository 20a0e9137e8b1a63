import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan, type Plan } from '../../src/prompt-cache/plan.ts';
import { createPromptCachePlanner, type PromptCacheOptions } from '../../src/prompt-cache/planner.ts';
import type { JsonObject } from '../../src/wire-format.ts';
import { idealBill } from '../support/ideal-bill.ts';
import { unmarked } from '../support/messages.ts';
import { createPrefixPricing, type PrefixPricingOptions, pricedBlocks } from '../support/prefix-pricing.ts';
import { seededRandom } from '../support/random.ts';
import {
  agents,
  bursts,
  type Client,
  mix,
  quitters,
  readers,
  strangers,
  type TrafficRequest,
  teasers,
} from '../support/random-traffic.ts';

const model = 'claude-sonnet-4-6';
const context = { tenant: 'a', model };
const [hourMs, dayMs] = [3_600_000, 86_400_000];

interface Outcome {
  /** In tokens of fresh input. */
  readonly plain: number;
  readonly paid: number;
  /** The most by which the bill was ever above the plain one, and by which it was within an hour. */
  readonly worst: number;
  readonly worstHour: number;
  readonly lastsMs: number;
  readonly placed: number;
}

interface Setting {
  readonly options?: PromptCacheOptions;
  readonly pricing?: PrefixPricingOptions;
  /** From sending a request until its usage is known, milliseconds; undefined: it never is. @default 0 */
  readonly answerMs?: number | undefined;
  /** Sees each request that was marked, before the next is sent. */
  readonly onMarked?: (request: TrafficRequest) => void;
}

const replay = (requests: Iterable<TrafficRequest>, setting: Setting = {}): Outcome => {
  const { options, pricing, onMarked } = setting;
  const answerMs = 'answerMs' in setting ? setting.answerMs : 0;
  const planner = createPromptCachePlanner(options);
  const upstream = createPrefixPricing(pricing);
  let [plain, paid, placed, lastsMs] = [0, 0, 0, 0];
  /** The excess over the plain bill after each request, and what is still to be told. */
  const excess: { at: number; tokens: number }[] = [{ at: 0, tokens: 0 }];
  let untold: { at: number; tell: () => void }[] = [];
  for (const request of requests) {
    const { at, body } = request;
    for (const { tell } of untold.filter((answer) => answer.at <= at)) tell();
    untold = untold.filter((answer) => answer.at > at);
    const plan = planner.plan(body, { ...context, now: at });
    const usage = upstream.serve(applyPlan(body, plan), at);
    plain += usage.inputTokens;
    paid += upstream.billOf(usage);
    lastsMs = at;
    excess.push({ at, tokens: paid - plain });
    if (plan.breakpoints.length > 0) {
      placed += 1;
      onMarked?.(request);
    }
    const tell = () => planner.learn(plan, usage);
    if (answerMs === 0) tell();
    else if (answerMs !== undefined) untold.push({ at: at + answerMs, tell });
  }
  let worstHour = 0;
  for (const [index, { at, tokens }] of excess.entries()) {
    for (let next = index + 1; next < excess.length; next++) {
      const later = excess[next] as (typeof excess)[number];
      if (later.at - at > hourMs) break;
      worstHour = Math.max(worstHour, later.tokens - tokens);
    }
  }
  return { plain, paid, worst: Math.max(...excess.map(({ tokens }) => tokens)), worstHour, lastsMs, placed };
};

const clients: Record<string, (random: () => number) => Client[]> = {
  strangers: (random) => [strangers(random, 's')],
  'prompts that come twice': (random) => [teasers(random, 't')],
  'prompts that come three times': (random) => [teasers(random, 't', 3)],
  'conversations of three questions': (random) => [quitters(random, 'q')],
  'conversations of four questions': (random) => [quitters(random, 'q', 4)],
  bursts: (random) => [bursts(random, 'b')],
  readers: (random) => [readers(random, 'r')],
  agents: (random) => [agents(random, 'a'), agents(random, 'b')],
  everyone: (random) => [
    strangers(random, 's'),
    teasers(random, 't'),
    quitters(random, 'q'),
    readers(random, 'r'),
    agents(random, 'a'),
  ],
};
const kinds = Object.entries(clients);
const trafficOf = (make: (typeof clients)[string], seed: number, most = 500): TrafficRequest[] =>
  mix(make(seededRandom(seed)), most);

/** What is promised: the credit, what comes back of it in a day, and a token for rounding. */
const boundOf = (creditTokens: number, lastsMs: number): number => creditTokens * (1 + lastsMs / dayMs) + 1;

/** Comes again and again until it is marked, and then never more. */
function* spoilers(random: () => number, spoilt: ReadonlySet<unknown>, most: number): Generator<TrafficRequest> {
  let at = 0;
  for (let index = 0, sent = 0; sent < most; index++) {
    const client = teasers(random, `s${index}`, 8);
    for (let time = 0; time < 8 && sent < most; time++, sent++) {
      const { afterMs, body } = client.next().value as { afterMs: number; body: JsonObject };
      at = Math.round(at + afterMs);
      yield { at, body };
      if (spoilt.has(body)) break;
    }
  }
}

describe.each(kinds)('the bill of %s', (_, make) => {
  it.each(['safe', 'aggressive'] as const)('is never above the plain bill by more than the credit: %s', (mode) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(0, 3_000, 20_000, 100_000),
        fc.constantFrom(0, 900, 6_000, 60_000, undefined),
        (seed, creditTokens, answerMs) => {
          const requests = trafficOf(make, seed, 250);
          const pricing = { firstByteMs: Math.min(answerMs ?? 6_000, 6_000) };
          const options = { mode, creditTokens };
          const { worst, worstHour, lastsMs } = replay(requests, { options, pricing, answerMs });
          expect(worst).toBeLessThanOrEqual(boundOf(creditTokens, lastsMs));
          expect(worstHour).toBeLessThanOrEqual(boundOf(Math.max(creditTokens, 250_000), hourMs));
        },
      ),
      { numRuns: 8, seed: 1 },
    );
  });

  it('is in proportion to the error where tokens are other than estimated', () => {
    const pricing = { tokensOf: (text: string) => text.length / 2.6 };
    const { worst, lastsMs } = replay(trafficOf(make, 6), { pricing, options: { creditTokens: 20_000 } });
    expect(worst).toBeLessThanOrEqual(boundOf(20_000, lastsMs) * (3.6 / 2.6));
  });
});

it('the bill of prompts that stop coming as soon as they are marked is above the plain one by the credit at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom('safe', 'aggressive'), (seed, mode) => {
      const spoilt = new Set<unknown>();
      const requests = spoilers(seededRandom(seed), spoilt, 400);
      const options = { mode, creditTokens: 20_000 } as const;
      const { worst, lastsMs, placed } = replay(requests, { options, onMarked: ({ body }) => spoilt.add(body) });
      expect(placed).toBeGreaterThan(0);
      expect(worst).toBeLessThanOrEqual(boundOf(20_000, lastsMs));
    }),
    { numRuns: 20, seed: 1 },
  );
});

describe('the saving', () => {
  it.each([
    ['agents', 0.8],
    ['conversations of four questions', 0.85],
    ['prompts that come three times', 0.95],
    ['readers', 0.45],
    ['everyone', 0.35],
  ])('of %s is at least this share of what could have been saved: %d', (kind, least) => {
    const requests = trafficOf(clients[kind] as (typeof clients)[string], 7);
    const ideal = idealBill(requests.map(({ at, body }) => ({ at, blocks: pricedBlocks(body) })));
    const { paid, plain } = replay(requests);
    expect((plain - paid) / (plain - ideal)).toBeGreaterThan(least);
    expect(paid).toBeGreaterThan(ideal);
  });

  it('is nothing, and so is the loss, where the planner is off', () => {
    const { paid, plain, placed } = replay(trafficOf(clients.everyone as (typeof clients)[string], 8), {
      options: { mode: 'off' },
    });
    expect({ paid, placed }).toEqual({ paid: plain, placed: 0 });
  });

  it('is lost again when a provider does not keep what it took, but no more than the bound', () => {
    const requests = trafficOf(clients.agents as (typeof clients)[string], 9, 1_000);
    const planner = createPromptCachePlanner({ creditTokens: 20_000 });
    let [plain, paid] = [0, 0];
    for (const { at, body } of requests) {
      const plan = planner.plan(body, { ...context, now: at });
      // A cache of its own for each request: everything is written and nothing is ever read.
      const upstream = createPrefixPricing();
      const usage = upstream.serve(applyPlan(body, plan), at);
      plain += usage.inputTokens;
      paid += upstream.billOf(usage);
      planner.learn(plan, usage);
    }
    // Until the allowance is used up, each request that finds nothing of what was reported is one write more.
    expect(paid).toBeLessThanOrEqual(plain + boundOf(20_000, requests.at(-1)?.at ?? 0) + 0.25 * 40_000);
    expect(paid / plain).toBeLessThan(1.01);
  });
});

describe.each(kinds)('every plan for %s', (_, make) => {
  it.each(['safe', 'aggressive'] as const)(
    'is one that the API takes and changes nothing but marks, in %s mode',
    (mode) => {
      const planner = createPromptCachePlanner({ mode });
      const upstream = createPrefixPricing();
      for (const { at, body } of trafficOf(make, 10, 250)) {
        const before = JSON.stringify(body);
        const plan: Plan = planner.plan(body, { ...context, now: at });
        const marked = applyPlan(body, plan);
        upstream.serve(marked, at);
        expect(JSON.stringify(body)).toBe(before);
        expect(unmarked(marked)).toEqual(unmarked(body));
        expect(plan.breakpoints.length).toBeLessThanOrEqual(4);
        if (plan.breakpoints.length === 0) expect(marked).toBe(body);
      }
    },
  );
});
