import { type CacheRates, lookbackPositions, mostBreakpoints } from './cache-rules.ts';
import type { CacheLifetime } from './plan.ts';
import type { Worth } from './worth.ts';

/** One block as the placement sees it. */
export interface PlacedBlock {
  /** Of this block alone. */
  readonly tokens: number;
  /** Of the prefix that ends with it. */
  readonly prefixTokens: number;
  readonly position: number;
  readonly canMark: boolean;
  /** The lifetime of an entry that can be read here now. */
  readonly entry: CacheLifetime | undefined;
  /** The provider has reported that entry; else it is only supposed to be there. */
  readonly isReported: boolean;
  /** An entry that covers it is being written by a request under way: writing it once more buys nothing. */
  readonly isUnderWay: boolean;
  /** Probability that a later request has this prefix too, within the hour. */
  readonly returns: number;
  readonly worth: Worth;
}

export interface Mark {
  readonly index: number;
  readonly ttl: CacheLifetime;
}

export interface Placement {
  readonly marks: readonly Mark[];
  /** The index of the block whose entry it counts on, -1 for none. */
  readonly read: number;
  readonly readTokens: number;
  readonly writeTokens: number;
  readonly longWriteTokens: number;
  /** The surcharge where nothing is read but what the provider has reported, in tokens of fresh input. */
  readonly riskTokens: number;
}

export interface PlacementLimits {
  /** Most surcharge for writes, in tokens of fresh input. */
  readonly allowance: number;
  /** A write must promise this much for each token of it. */
  readonly leastWorth: number;
}

/** Share of returns that part ways anywhere in what is written, whatever the estimates say: a mark that is left costs nothing. */
const unforeseen = 0.05;

const nothing: Placement = { marks: [], read: -1, readTokens: 0, writeTokens: 0, longWriteTokens: 0, riskTokens: 0 };

/**
 * Where the breakpoints go. Entries cost by how far they reach, not by how many there are: so first how far to write for
 * an hour and how far for five minutes, then the places that are left where a later request is most likely to part ways.
 */
export function place(blocks: readonly PlacedBlock[], rates: CacheRates, limits: PlacementLimits): Placement {
  // What is not there is written: a read of what was not reported must be within the allowance for that.
  const read = lastReadable(blocks, rates, limits.allowance);
  const readTtl = blocks[read]?.entry;
  const readRisk = readRiskOf(blocks[read], rates);
  const reach = reachOf(blocks, read, rates, { ...limits, allowance: limits.allowance - readRisk });
  const end = Math.max(read, reach.short, reach.long);
  if (end < 0) return nothing;
  const longEnd = reach.long >= 0 ? reach.long : readTtl === '1h' ? read : -1;
  const chosen = new Set<number>([end]);
  if (longEnd >= 0) chosen.add(longEnd);
  // The lookback of one further on finds the entry too. Marking it is then left to what it is worth on its own.
  if (read >= 0 && !isInSight(blocks, read, chosen)) chosen.add(read);
  addForks(blocks, chosen, rates.leastTokens, read, end);
  const at = (index: number): number => (index < 0 ? 0 : (blocks[index]?.prefixTokens ?? 0));
  const longWriteTokens = reach.long < 0 ? 0 : at(reach.long) - at(read);
  const writeTokens = reach.short < 0 ? 0 : at(reach.short) - at(Math.max(read, reach.long));
  const longRisk = longWriteTokens > 0 ? longWriteTokens * (rates.longWrite - 1) : 0;
  return {
    marks: [...chosen].sort((a, b) => a - b).map((index) => ({ index, ttl: index <= longEnd ? '1h' : '5m' })),
    read,
    readTokens: at(read),
    writeTokens,
    longWriteTokens,
    riskTokens: readRisk + longRisk + writeTokens * (rates.write - 1),
  };
}

function lastReadable(blocks: readonly PlacedBlock[], rates: CacheRates, allowance: number): number {
  return blocks.findLastIndex(
    (block) => block.entry !== undefined && (block.isReported || readRiskOf(block, rates) <= allowance),
  );
}

/** The surcharge where the entry at a block is not there. */
function readRiskOf(block: PlacedBlock | undefined, { write, longWrite }: CacheRates): number {
  if (!block?.entry || block.isReported) return 0;
  return block.prefixTokens * ((block.entry === '1h' ? longWrite : write) - 1);
}

/** Ends of the writes, after what is read: for an hour, and on from there for five minutes. -1: none. */
interface Reach {
  readonly long: number;
  readonly short: number;
}

function reachOf(
  blocks: readonly PlacedBlock[],
  read: number,
  { write, longWrite, leastTokens }: CacheRates,
  { allowance, leastWorth }: PlacementLimits,
): Reach {
  const nowhere = { index: -1, gain: 0, surcharge: 0, worth: 0 };
  let best: Reach = { long: -1, short: -1 };
  let bestGain = 0;
  /** Sums from the end of what is read: worth and surcharge, had all of it been written for the one lifetime. */
  const short = { worth: 0, surcharge: 0 };
  const long = { worth: 0, surcharge: 0 };
  /** The end of an hour's write that does best under the five minutes that follow it. */
  let longEnd = nowhere;
  for (let index = read + 1; index < blocks.length; index++) {
    const block = blocks[index];
    if (!block) continue;
    const { tokens, isUnderWay, worth } = block;
    short.worth += tokens * (isUnderWay ? 1 - write : worth.write - leastWorth);
    short.surcharge += tokens * (write - 1);
    if (Number.isFinite(longWrite)) {
      long.worth += tokens * (isUnderWay ? 1 - longWrite : worth.longWrite - leastWorth);
      long.surcharge += tokens * (longWrite - 1);
    }
    if (!block.canMark || block.prefixTokens < leastTokens) continue;
    const gain = short.worth + longEnd.gain;
    if (gain > bestGain && short.surcharge + longEnd.surcharge <= allowance) {
      bestGain = gain;
      best = { long: longEnd.index, short: index };
    }
    if (!Number.isFinite(longWrite) || long.surcharge > allowance) continue;
    if (long.worth > bestGain) {
      bestGain = long.worth;
      best = { long: index, short: -1 };
    }
    const over = long.worth - short.worth;
    if (over > longEnd.gain) {
      longEnd = { index, gain: over, surcharge: long.surcharge - short.surcharge, worth: long.worth };
    }
  }
  return best;
}

function isInSight(blocks: readonly PlacedBlock[], index: number, marks: ReadonlySet<number>): boolean {
  const position = blocks[index]?.position ?? 0;
  for (const mark of marks) {
    if (mark >= index && (blocks[mark]?.position ?? 0) - position < lookbackPositions) return true;
  }
  return false;
}

/** Spends the marks that are left where they save most tokens of requests that go only a part of the way. */
function addForks(
  blocks: readonly PlacedBlock[],
  chosen: Set<number>,
  leastTokens: number,
  read: number,
  end: number,
): void {
  /** Of a return that comes at least as far, whatever the estimates of single blocks say. */
  const returns = new Array<number>(end + 1);
  let most = 0;
  for (let index = end; index >= 0; index--) {
    most = Math.max(most, blocks[index]?.returns ?? 0);
    returns[index] = most;
  }
  while (chosen.size < mostBreakpoints) {
    let best = -1;
    let bestSaved = 0;
    let before = 0;
    let next = nextMark(chosen, -1);
    for (let index = 0; index < end; index++) {
      const block = blocks[index];
      if (!block) continue;
      if (index === next) {
        before = block.prefixTokens;
        next = nextMark(chosen, index);
        continue;
      }
      if (!block.canMark || block.prefixTokens < leastTokens) continue;
      const between = index > read ? (blocks[next]?.prefixTokens ?? 0) - block.prefixTokens : 0;
      const parting =
        (returns[index] ?? 0) - (returns[next] ?? 0) + (unforeseen * between) / (blocks[end]?.prefixTokens ?? 1);
      const saved = (block.prefixTokens - before) * parting;
      if (saved > bestSaved) {
        bestSaved = saved;
        best = index;
      }
    }
    if (best < 0) return;
    chosen.add(best);
  }
}

function nextMark(chosen: ReadonlySet<number>, after: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const mark of chosen) if (mark > after && mark < next) next = mark;
  return next;
}
