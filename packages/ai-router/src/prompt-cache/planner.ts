import { type PriceTable, priceOf } from '../cost.ts';
import { listPrices } from '../prices.ts';
import type { JsonObject, Usage } from '../wire-format.ts';
import { cacheRatesOf } from './cache-rules.ts';
import type { PromptCacheMode } from './expectations.ts';
import { createLane, type Departure, type Lane } from './lane.ts';
import type { Plan, PlanReason } from './plan.ts';
import { type PrefixChain, prefixChainOf } from './prefix-chain.ts';
import { createPrefixMemory } from './prefix-memory.ts';
import { createReturnRates } from './return-rates.ts';
import { createTokenEstimate } from './token-estimate.ts';

export interface PromptCacheOptions {
  /**
   * `safe` marks what came before within its lifetime, what its tenant's traffic has shown to return, and conversations
   * that keep growing. `aggressive` also bets on tools and system prompts at first sight. @default 'safe'
   */
  readonly mode?: PromptCacheMode;
  /** @default `listPrices` */
  readonly prices?: PriceTable;
  /**
   * Surcharge that each tenant may run up at each model before reads have paid any back, in tokens of input; what was lost of
   * it comes back within a day. The bill is never above the one without marks by more than this, nor, over any stretch of time,
   * by more than this or 250,000, whichever is more.
   * @default 50,000, the price of which is 15 cents where a million cost 3 dollars; `aggressive`: 250,000
   */
  readonly creditTokens?: number;
  /**
   * For how long a written prefix is not counted on, milliseconds, unless its answer's usage is told before: Anthropic has
   * it once the answer to the request that writes it has begun. @default 2,500
   */
  readonly settleMs?: number;
  /** Prefixes remembered, some 300 bytes each. @default 50,000 */
  readonly maxPrefixes?: number;
  /** Tenants times models remembered. @default 1,000 */
  readonly maxLanes?: number;
}

export interface PlanContext {
  readonly tenant: string;
  /** Whose prices hold, where it has its own. */
  readonly provider?: string;
  readonly model: string;
  /** Milliseconds. Requests are planned in the order in which they are sent. */
  readonly now: number;
}

export interface PromptCachePlanner {
  /** Where to mark a Messages request that is about to go to Anthropic. A retry of the same request keeps its plan. */
  plan(body: JsonObject, context: PlanContext): Plan;
  /**
   * What came of a planned request: the usage of its answer, or undefined where there was none, because then nothing was
   * written. Corrects the belief of what is in the cache, of lengths in tokens and of what has been spent. Without it the
   * planner goes by the documented rules.
   */
  learn(plan: Plan, usage: Usage | undefined): void;
}

/**
 * Places Anthropic's `cache_control` where it is expected to pay, learning from the traffic which prefixes come again.
 * Of a request only hashes of its prefixes are kept, for an hour.
 */
export function createPromptCachePlanner(options: PromptCacheOptions = {}): PromptCachePlanner {
  const { mode = 'safe', prices = listPrices, settleMs = 2_500, maxPrefixes = 50_000, maxLanes = 1_000 } = options;
  const eager = mode === 'aggressive';
  const { creditTokens = eager ? 250_000 : 50_000 } = options;
  const estimate = createTokenEstimate();
  const memory = createPrefixMemory(maxPrefixes);
  const rates = createReturnRates(maxPrefixes);
  const lanes = new Map<string, Lane>();
  const departures = new WeakMap<Plan, { model: string; chain: PrefixChain; departure: Departure }>();
  let start: number | undefined;
  let latest = 0;

  const laneOf = (scope: string): Lane => {
    const lane =
      lanes.get(scope) ?? createLane({ mode: eager ? 'aggressive' : 'safe', memory, rates, settleMs, creditTokens });
    lanes.delete(scope);
    lanes.set(scope, lane);
    const [oldest] = lanes.size > maxLanes ? lanes.keys() : [];
    if (oldest !== undefined) lanes.delete(oldest);
    return lane;
  };

  return {
    plan(body, { tenant, provider, model, now }) {
      if (mode === 'off') return emptyPlan('off');
      const cacheRates = cacheRatesOf(priceOf(prices, model, provider));
      if (!cacheRates) return emptyPlan('unpriced');
      const scope = JSON.stringify([tenant, model]);
      const chain = prefixChainOf(body, scope);
      if (chain.hasOwn) return emptyPlan('own');
      // Counted from the first request: sums of times since 1970 would lose their last digits.
      start ??= now;
      latest = Math.max(latest, now - start);
      rates.advance(latest);
      const tokens = chain.blocks.map((block) => estimate.tokens(model, block.characters) + block.mediaTokens);
      const departure = laneOf(scope).depart(chain, tokens, cacheRates, latest);
      const { marks, readTokens, writeTokens, longWriteTokens } = departure.placement;
      const isShort = tokens.reduce((sum, each) => sum + each, 0) < cacheRates.leastTokens;
      const plan: Plan = {
        reason: marks.length > 0 ? 'placed' : isShort ? 'short' : 'no-gain',
        breakpoints: marks.flatMap(({ index, ttl }) => {
          const path = chain.blocks[index]?.path;
          return path ? [{ path, ttl }] : [];
        }),
        readTokens,
        writeTokens,
        longWriteTokens,
      };
      departures.set(plan, { model, chain, departure });
      return plan;
    },
    learn(plan, usage) {
      const told = departures.get(plan);
      if (!told) return;
      departures.delete(plan);
      told.departure.settle(usage);
      const { blocks } = told.chain;
      if (!usage || blocks.some(({ mediaTokens }) => mediaTokens > 0)) return;
      const characters = blocks.reduce((sum, block) => sum + block.characters, 0);
      estimate.learn(told.model, characters, usage.inputTokens);
    },
  };
}

function emptyPlan(reason: PlanReason): Plan {
  return { reason, breakpoints: [], readTokens: 0, writeTokens: 0, longWriteTokens: 0 };
}
