import { describe, expect, it } from 'vitest';
import { applyPlan, type Plan } from '../../src/prompt-cache/plan.ts';
import { createPromptCachePlanner, type PromptCacheOptions } from '../../src/prompt-cache/planner.ts';
import { idealBill } from '../support/ideal-bill.ts';
import { unmarked } from '../support/messages.ts';
import { createPrefixPricing, type PrefixPricingOptions, pricedBlocks } from '../support/prefix-pricing.ts';
import { seededRandom } from '../support/random.ts';
import {
  agents,
  type Client,
  mix,
  quitters,
  readers,
  strangers,
  type TrafficRequest,
  teasers,
} from '../support/random-traffic.ts';

const model = 'claude-sonnet-4-6';
/** Tokens; no client's is longer. */
const longestPrompt = 40_000;
const context = { tenant: 'a', model };

interface Outcome {
  /** In tokens of fresh input. */
  readonly plain: number;
  readonly paid: number;
  /** The most by which the bill was ever above 100.5% of the plain one. */
  readonly worst: number;
  readonly placed: number;
}

interface Setting {
  readonly options?: PromptCacheOptions;
  readonly pricing?: PrefixPricingOptions;
  /** Whether the planner is told what came of its plans. @default true */
  readonly told?: boolean;
}

const replay = (requests: readonly TrafficRequest[], { options, pricing, told = true }: Setting = {}): Outcome => {
  const planner = createPromptCachePlanner(options);
  const upstream = createPrefixPricing(pricing);
  let [plain, paid, worst, placed] = [0, 0, Number.NEGATIVE_INFINITY, 0];
  for (const { at, body } of requests) {
    const plan = planner.plan(body, { ...context, now: at });
    const usage = upstream.serve(applyPlan(body, plan), at);
    plain += usage.inputTokens;
    paid += upstream.billOf(usage);
    worst = Math.max(worst, paid - plain * 1.005);
    if (plan.breakpoints.length > 0) placed += 1;
    if (told) planner.learn(plan, usage);
  }
  return { plain, paid, worst, placed };
};

const clients: Record<string, (random: () => number) => Client[]> = {
  strangers: (random) => [strangers(random, 's')],
  'prompts that come twice': (random) => [teasers(random, 't')],
  'prompts that come three times': (random) => [teasers(random, 't', 3)],
  'conversations of three questions': (random) => [quitters(random, 'q')],
  'conversations of four questions': (random) => [quitters(random, 'q', 4)],
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

describe.each(kinds)('the bill of %s', (_, make) => {
  it.each([1, 2])('is never above 100.5% of the plain bill and the credit', (seed) => {
    const requests = trafficOf(make, seed);
    const { worst } = replay(requests, { options: { creditTokens: 20_000 } });
    expect(worst).toBeLessThanOrEqual(20_000 + 1);
  });

  it('is never above 100.5% of the plain bill where no credit is given', () => {
    const { worst } = replay(trafficOf(make, 3), { options: { creditTokens: 0 } });
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('is at most 100.5% of the plain bill in the end', () => {
    const { paid, plain } = replay(trafficOf(make, 4, 750));
    expect(paid / plain).toBeLessThanOrEqual(1.005);
  });

  it('stays within the bound when answers say nothing of usage', () => {
    const { worst } = replay(trafficOf(make, 5), { told: false, options: { creditTokens: 20_000 } });
    expect(worst).toBeLessThanOrEqual(20_000 + 1);
  });

  it('stays within the bound when tokens are other than estimated', () => {
    const pricing = { tokensOf: (text: string) => text.length / 2.6 };
    const { worst } = replay(trafficOf(make, 6), { pricing, options: { creditTokens: 20_000 } });
    // The first requests are booked at the estimate until their usage is known: one write of the longest prompt too many.
    expect(worst).toBeLessThanOrEqual(20_000 + 0.25 * longestPrompt);
  });
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
    // What is believed to be in the cache is booked as read until the answer says otherwise, a few times over.
    expect(paid).toBeLessThanOrEqual(plain * 1.005 + 20_000 + 3 * 0.25 * longestPrompt);
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
