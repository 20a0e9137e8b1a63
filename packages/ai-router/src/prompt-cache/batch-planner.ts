import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PriceTable, priceOf } from '../cost.ts';
import { parseObject } from '../formats/json.ts';
import { listPrices } from '../prices.ts';
import type { JsonObject, Usage } from '../wire-format.ts';
import { type BatchOdds, createBatchOdds } from './batch-odds.ts';
import { type CacheRates, cacheRatesOf } from './cache-rules.ts';
import type { PromptCacheMode } from './expectations.ts';
import { type PlacedBlock, place } from './placement.ts';
import { applyPlan, type Breakpoint } from './plan.ts';
import { type PrefixBlock, prefixChainOf } from './prefix-chain.ts';
import { createTokenEstimate } from './token-estimate.ts';

export interface BatchPlannerOptions {
  readonly mode: Exclude<PromptCacheMode, 'off'>;
  /** @default `listPrices` */
  readonly prices?: PriceTable;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A Messages request that goes out in a batch. */
export interface PlannedRequest {
  /** JSON. */
  readonly body: string;
  /** Prefixes are counted for each tenant apart: none learns from its usage what others ask. */
  readonly tenant: string;
}

/** Marks what the requests of one batch have in common. */
export interface BatchPlanner {
  /**
   * The bodies in their order, those that share enough with others with breakpoints, all others untouched. Only what
   * requests of this batch share counts: what came before is gone when a batch is worked through, who knows when. Lets
   * other work go on in between. `batch`: under which `learn` is told of it.
   */
  mark(batch: string, provider: string, requests: readonly PlannedRequest[]): Promise<readonly string[]>;
  /** The usage of one of its answers. */
  learn(batch: string, provider: string, model: string, usage: Usage): void;
}

/** A request must be expected to save this much for each token of what is marked. */
const leastWorth = { safe: 0.02, aggressive: 0 };
/** Batches that answers are still learnt from. */
const mostBatches = 1_000;
const mostModels = 1_000;
/** After so many characters others have their turn: some 5 ms of reading and hashing. */
const charactersAtOnce = 500_000;

/** What is kept of a request between counting and marking: not its text. */
interface Counted {
  readonly model: string;
  readonly rates: CacheRates;
  readonly blocks: readonly PrefixBlock[];
}

export function createBatchPlanner({ mode, prices = listPrices, now }: BatchPlannerOptions): BatchPlanner {
  const estimate = createTokenEstimate();
  const oddsByModel = new Map<string, BatchOdds>();
  /** What was marked in each batch, by model: whether for an hour. */
  const sent = new Map<string, { readonly at: number; readonly isLong: ReadonlyMap<string, boolean> }>();

  const oddsOf = (provider: string, model: string): BatchOdds => {
    const name = `${provider}/${model}`;
    const odds = oddsByModel.get(name) ?? createBatchOdds(mode);
    oddsByModel.set(name, odds);
    const [oldest] = oddsByModel.size > mostModels ? oddsByModel.keys() : [];
    if (oldest !== undefined) oddsByModel.delete(oldest);
    return odds;
  };

  const read = (provider: string, { body, tenant }: PlannedRequest): Counted | undefined => {
    const parsed = parseObject(body);
    const model = parsed?.model;
    if (!parsed || typeof model !== 'string') return undefined;
    const rates = cacheRatesOf(priceOf(prices, model, provider));
    if (!rates) return undefined;
    const { blocks, hasOwn } = prefixChainOf(parsed, JSON.stringify([tenant, model]));
    return hasOwn ? undefined : { model, rates, blocks };
  };

  const breakpointsOf = (
    { model, rates, blocks }: Counted,
    provider: string,
    sharing: ReadonlyMap<string, number>,
  ): readonly Breakpoint[] => {
    const odds = oddsOf(provider, model);
    const at = now();
    let prefixTokens = 0;
    const placed = blocks.map(({ hash, characters, mediaTokens, position, path }): PlacedBlock => {
      const tokens = estimate.tokens(model, characters) + mediaTokens;
      const count = sharing.get(hash) ?? 1;
      prefixTokens += tokens;
      return {
        ...{
          tokens,
          prefixTokens,
          position,
          canMark: path !== undefined,
          entry: undefined,
          isReported: false,
          isUnderWay: false,
        },
        returns: count - 1,
        worth: odds.worthOf(count, rates, at),
      };
    });
    const limits = { allowance: Number.POSITIVE_INFINITY, leastWorth: leastWorth[mode] };
    const { marks, riskTokens } = place(placed, rates, limits);
    if (marks.length === 0 || !odds.mayRisk(riskTokens, at)) return [];
    return marks.flatMap(({ index, ttl }) => {
      const path = blocks[index]?.path;
      return path ? [{ path, ttl }] : [];
    });
  };

  return {
    async mark(batch, provider, requests) {
      const sharing = new Map<string, number>();
      const breathe = breather();
      const counted: (Counted | undefined)[] = [];
      for (const request of requests) {
        const one = read(provider, request);
        counted.push(one);
        for (const { hash } of one?.blocks ?? []) sharing.set(hash, (sharing.get(hash) ?? 0) + 1);
        await breathe(request.body.length);
      }
      const isLong = new Map<string, boolean>();
      const bodies: string[] = [];
      for (const [index, { body }] of requests.entries()) {
        const one = counted[index];
        const breakpoints = one ? breakpointsOf(one, provider, sharing) : [];
        if (one && breakpoints.length > 0) {
          isLong.set(one.model, isLong.get(one.model) === true || breakpoints.some(({ ttl }) => ttl === '1h'));
        }
        bodies.push(breakpoints.length === 0 ? body : marked(body, breakpoints));
        await breathe(body.length);
      }
      sent.set(batch, { at: now(), isLong });
      const [oldest] = sent.size > mostBatches ? sent.keys() : [];
      if (oldest !== undefined) sent.delete(oldest);
      return bodies;
    },
    learn(batch, provider, model, { cachedInputTokens: hit = 0, cacheWriteTokens: written = 0 }) {
      const known = sent.get(batch);
      const isLong = known?.isLong.get(model);
      // What clients marked themselves says nothing of ours.
      if (!known || isLong === undefined || hit + written === 0) return;
      const at = now();
      oddsOf(provider, model).found(hit / (hit + written), isLong ? '1h' : '5m', at - known.at, at);
    },
  };
}

const marked = (body: string, breakpoints: readonly Breakpoint[]): string =>
  JSON.stringify(applyPlan(JSON.parse(body) as JsonObject, { breakpoints }));

/** Lets other work go on after each so many characters. */
function breather(): (characters: number) => Promise<void> | undefined {
  let left = charactersAtOnce;
  return (characters) => {
    left -= characters;
    if (left > 0) return undefined;
    left = charactersAtOnce;
    return nextTurn();
  };
}
