import { setImmediate as nextTurn } from 'node:timers/promises';
import { optionInvalid } from './errors.ts';
import type { Tickets } from './tickets.ts';
import { stampsOf } from './tier.ts';
import type { TierStack } from './tier-stack.ts';

export interface WarmOptions {
  /** How many keys at most, the most used first. @default 1,000 */
  readonly top?: number | undefined;
  /** For how long at most, milliseconds. @default 1,000 */
  readonly budgetMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WarmResult {
  /** Entries brought into memory. */
  readonly entries: number;
  /** Keys that were worth it, there or not. */
  readonly candidates: number;
  readonly durationMs: number;
  /** Whether the budget was enough. */
  readonly complete: boolean;
}

/** Work is interrupted this often for whatever else wants the thread. */
const sliceMs = 5;
/** Keys read together. */
const keysAtOnce = 32;

/**
 * Copies the most used keys of the tier that remembers them into the memory tiers. The hottest get as many as fit: the best
 * key of all first, until a tier is full.
 */
export const warmTiers = async <Value>(
  stack: TierStack<Value>,
  tickets: Tickets,
  options: WarmOptions = {},
): Promise<WarmResult> => {
  const { top = 1_000, budgetMs = 1_000, signal } = options;
  if (!(Number.isInteger(top) && top > 0)) throw optionInvalid('top', top, 'a whole number above 0');
  if (!(budgetMs > 0)) throw optionInvalid('budgetMs', budgetMs, 'a number of milliseconds above 0');
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const result = (entries: number, candidates: number, complete: boolean): WarmResult => ({
    entries,
    candidates,
    durationMs: performance.now() - startedAt,
    complete,
  });

  const { tiers, memoryEnd } = stack;
  const from = tiers.findIndex(({ store }) => store.popularity !== undefined);
  const tier = tiers[from];
  const { popularity } = tier?.store ?? {};
  if (tier === undefined || popularity === undefined || memoryEnd === 0) return result(0, 0, true);
  let keys: readonly string[] = [];
  try {
    keys = await popularity.top(top);
  } catch (error) {
    tier.fault('record', error);
  }

  /** How many entries each memory tier may still get. */
  const usages = await Promise.all(tiers.slice(0, memoryEnd).map((memory) => memory.usage()));
  const room = usages.map(({ entries, maxEntries = Number.POSITIVE_INFINITY }) => maxEntries - entries);
  const evictionsAtStart = usages.map(({ evictions }) => evictions);
  const isOver = (): boolean => performance.now() - startedAt > budgetMs;
  let entries = 0;
  let turnEndsAt = performance.now() + sliceMs;
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    if (isOver()) return result(entries, keys.length, false);
    if (performance.now() > turnEndsAt) {
      await nextTurn();
      signal?.throwIfAborted();
      turnEndsAt = performance.now() + sliceMs;
    }
    const page = keys.slice(start, start + keysAtOnce);
    const held = page.map((key) => tickets.take(key));
    const stamps = stampsOf(tiers);
    const found = tier.sync ? tier.readManyNow(page) : await tier.readManyLater(page);
    for (const [index, ticket] of held.entries()) tickets.release(page[index] ?? '', ticket);
    for (const [index, key] of page.entries()) {
      if (isOver()) return result(entries, keys.length, false);
      const [ticket, entry] = [held[index], found[index]];
      if (
        ticket === undefined ||
        entry === undefined ||
        entry.absent === true ||
        ticket.superseded ||
        !stack.isFresh(entry)
      )
        continue;
      const first = room.findIndex((left) => entries < left);
      if (first !== -1 && stack.lift(key, from, entry, first, stamps)) entries += 1;
    }
    if (room.every((left) => entries >= left)) break;
    // A tier bound in bytes says that it is full by evicting.
    for (const [position, memory] of tiers.slice(0, memoryEnd).entries()) {
      if ((await memory.usage()).evictions > (evictionsAtStart[position] ?? 0)) room[position] = 0;
    }
  }
  return result(entries, keys.length, true);
};
