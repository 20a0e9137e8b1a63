import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/prompt-cache/plan.ts';
import { createPromptCachePlanner } from '../../src/prompt-cache/planner.ts';
import { bestRuleBill, idealBill } from '../support/ideal-bill.ts';
import { createPrefixPricing, pricedBlocks } from '../support/prefix-pricing.ts';
import { readTrace, type TracedRequest } from '../support/request-trace.ts';

/** A file of requests in Mooncake's format; `toolagent` and `synthetic` of https://github.com/kvcache-ai/Mooncake are two. */
const path = process.env.HOTPATH_REQUEST_TRACE;
const missing = 'HOTPATH_REQUEST_TRACE names no trace of requests';

const model = 'claude-sonnet-4-6';
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

interface Replayed {
  readonly plain: number;
  readonly paid: number;
  /** With five-minute entries alone, and with both lifetimes. */
  readonly ideal: number;
  readonly idealOfBoth: number;
  readonly bestRule: number;
  readonly worst: number;
}

/** Replays traces one after another, hours apart, through one planner. */
function replay(...parts: (readonly TracedRequest[])[]): Replayed[] {
  // The trace has five to ten times the blocks that requests of this length have.
  const planner = createPromptCachePlanner({ maxPrefixes: 400_000 });
  const upstream = createPrefixPricing();
  return parts.map((requests, part) => {
    const priced = requests.map(({ at, body }) => ({ at, blocks: pricedBlocks(body) }));
    let [plain, paid, worst] = [0, 0, 0];
    for (const { at, body } of requests) {
      const now = at + part * 7_200_000;
      const plan = planner.plan(body, { tenant: 'a', model, now });
      const usage = upstream.serve(applyPlan(body, plan), now);
      plain += usage.inputTokens;
      paid += upstream.billOf(usage);
      worst = Math.max(worst, paid - 1.005 * plain);
      planner.learn(plan, usage);
    }
    return {
      plain,
      paid,
      worst,
      ideal: idealBill(priced, { lifetimes: ['5m'] }),
      idealOfBoth: idealBill(priced),
      bestRule: bestRuleBill(priced),
    };
  });
}

const shareOf = ({ plain, paid }: Replayed, least: number): number => (plain - paid) / (plain - least);

function report(title: string, replayed: Replayed): void {
  const { plain, paid, ideal, idealOfBoth, bestRule } = replayed;
  const saved = (bill: number) =>
    `${percent(1 - bill / plain)}, of which ${percent(shareOf(replayed, bill))} is reached`;
  console.log(
    [
      `${title}: saves ${percent(1 - paid / plain)} of the input bill of ${(plain / 1e6).toFixed(1)} M tokens`,
      `  who knows how often each kind of prompt returns: ${saved(bestRule)}`,
      `  who knows which: ${saved(ideal)}; with hour-long entries too: ${saved(idealOfBoth)}`,
    ].join('\n'),
  );
}

describe('a replayed trace of an hour and less', () => {
  it('costs no more than allowed at any time, and in the end far less', { timeout: 300_000 }, (context) => {
    if (!path) return context.skip(missing);
    const [cold] = replay([...readTrace(path, model)]) as [Replayed];
    report('from a cold start', cold);
    expect(cold.worst).toBeLessThanOrEqual(200_000);
    expect(shareOf(cold, cold.bestRule)).toBeGreaterThanOrEqual(0.9);
    expect(shareOf(cold, cold.ideal)).toBeGreaterThanOrEqual(0.8);
  });

  it('saves nearly all that can be without knowing the future, once it has learnt from other prompts', {
    timeout: 300_000,
  }, (context) => {
    if (!path) return context.skip(missing);
    const requests = [...readTrace(path, model)];
    // Two halves that have no prefix in common.
    const halves = [0, 1].map((half) =>
      requests.filter(({ root }) => (Math.imul(root, 2_654_435_761) >>> 7) % 2 === half),
    );
    for (const [first, second] of [halves, halves.toReversed()] as [TracedRequest[], TracedRequest[]][]) {
      const [, warm] = replay(first, second) as [Replayed, Replayed];
      report('after learning from half of the prompts, on the other half', warm);
      expect(shareOf(warm, warm.bestRule)).toBeGreaterThanOrEqual(0.95);
      expect(shareOf(warm, warm.ideal)).toBeGreaterThanOrEqual(0.86);
    }
  });
});
