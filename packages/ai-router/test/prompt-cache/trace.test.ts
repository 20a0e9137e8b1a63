import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/prompt-cache/plan.ts';
import { createPromptCachePlanner } from '../../src/prompt-cache/planner.ts';
import { bestRuleBill, idealBill } from '../support/ideal-bill.ts';
import { oracleBill } from '../support/oracle.ts';
import { createPrefixPricing, pricedBlocks } from '../support/prefix-pricing.ts';
import { readTrace, type TracedRequest } from '../support/request-trace.ts';

/** A file of requests in Mooncake's format; `toolagent` and `synthetic` of https://github.com/kvcache-ai/Mooncake are two. */
const path = process.env.HOTPATH_REQUEST_TRACE;
const missing = 'HOTPATH_REQUEST_TRACE names no trace of requests';

const model = 'claude-sonnet-4-6';
/** From sending a request to the beginning of its answer, and for each token of that. */
const [firstByteMs, tokenMs] = [1_000, 14];
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

interface Replayed {
  readonly plain: number;
  readonly paid: number;
  /** Nobody can pay less, and what one who knows the future reaches by the provider's rules. */
  readonly ideal: number;
  readonly oracle: number;
  readonly bestRule: number;
  readonly worst: number;
}

/** Replays traces one after another, hours apart, through one planner. */
function replay(...parts: (readonly TracedRequest[])[]): Replayed[] {
  // The trace has five to ten times the blocks that requests of this length have.
  const planner = createPromptCachePlanner({ maxPrefixes: 400_000 });
  const upstream = createPrefixPricing({ firstByteMs });
  return parts.map((requests, part) => {
    const priced = requests.map(({ at, body }) => ({ at, blocks: pricedBlocks(body) }));
    let [plain, paid, worst] = [0, 0, 0];
    let untold: { at: number; tell: () => void }[] = [];
    for (const { at, body, outputTokens } of requests) {
      const now = at + part * 7_200_000;
      for (const answer of untold) if (answer.at <= now) answer.tell();
      untold = untold.filter((answer) => answer.at > now);
      const plan = planner.plan(body, { tenant: 'a', model, now });
      const usage = upstream.serve(applyPlan(body, plan), now);
      plain += usage.inputTokens;
      paid += upstream.billOf(usage);
      worst = Math.max(worst, paid - plain);
      const tell = () => planner.learn(plan, usage);
      untold.push({ at: now + firstByteMs + outputTokens * tokenMs, tell });
    }
    for (const { tell } of untold) tell();
    return {
      plain,
      paid,
      worst,
      ideal: idealBill(priced, { firstByteMs }),
      oracle: oracleBill(priced, { firstByteMs }),
      bestRule: bestRuleBill(priced),
    };
  });
}

const shareOf = ({ plain, paid }: Replayed, least: number): number => (plain - paid) / (plain - least);

function report(title: string, replayed: Replayed): void {
  const { plain, paid, worst, ideal, oracle, bestRule } = replayed;
  const saved = (bill: number) =>
    `${percent(1 - bill / plain)}, of which ${percent(shareOf(replayed, bill))} is reached`;
  console.log(
    [
      `${title}: saves ${percent(1 - paid / plain)} of the input bill of ${(plain / 1e6).toFixed(1)} M tokens`,
      `  who knows how often each kind of prompt returns: ${saved(bestRule)}`,
      `  who knows which, by the provider's rules: ${saved(oracle)}; the bound: ${saved(ideal)}`,
      `  highest loss: ${Math.round(worst)} tokens`,
    ].join('\n'),
  );
}

describe('a replayed trace of an hour and less', () => {
  it('costs no more than allowed at any time, and in the end far less', { timeout: 300_000 }, (context) => {
    if (!path) return context.skip(missing);
    const [cold] = replay([...readTrace(path, model)]) as [Replayed];
    report('from a cold start', cold);
    // Lengths are estimated within a hundredth.
    expect(cold.worst).toBeLessThanOrEqual(50_000 * 1.01);
    expect(shareOf(cold, cold.bestRule)).toBeGreaterThanOrEqual(0.87);
    expect(shareOf(cold, cold.oracle)).toBeGreaterThanOrEqual(0.78);
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
      expect(shareOf(warm, warm.oracle)).toBeGreaterThanOrEqual(0.86);
    }
  });
});
