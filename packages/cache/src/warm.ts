import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Stamp } from './entry.ts';
import { optionInvalid } from './errors.ts';
import type { CacheEntry } from './store.ts';
import type { Ticket, Tickets } from './tickets.ts';
import { stampsOf } from './tier.ts';
import type { TierStack } from './tier-stack.ts';

/** How much `warm` may do. */
export interface WarmOptions {
  /** How many keys at most, the most used first. @default 1,000 */
  readonly top?: number | undefined;
  /** For how long at most, milliseconds. @default 1,000 */
  readonly budgetMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `warm` has done. */
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
const keysAtOnce = 128;
/** What stood under many keys may be gone: so many are asked for at once for each entry that is wanted, and then all. */
const keysPerEntry = 2;
const mostKeys = 10_000;

/**
 * Copies the most used keys of the tier that remembers them into the memory tiers: into the hottest as many as fit, the
 * others into the next.
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
  const mostUsed = async (count: number): Promise<readonly string[]> => {
    try {
      return await popularity.top(count);
    } catch (error) {
      tier.fault('record', error);
      return [];
    }
  };
  let asked = top * keysPerEntry;
  let keys = await mostUsed(asked);
  const candidates = Math.min(top, keys.length);

  const memory = tiers.slice(0, memoryEnd);
  const usages = await Promise.all(memory.map((each) => each.usage()));
  /** How many entries each memory tier may still get, and how many bytes the largest. */
  const room = usages.map(({ entries, maxEntries = Number.POSITIVE_INFINITY }) => maxEntries - entries);
  const mostEntries = Math.min(top, Math.max(...room));
  const mostBytes = Math.max(...usages.map(({ maxBytes = Number.POSITIVE_INFINITY }) => maxBytes));

  const isOver = (): boolean => performance.now() - startedAt > budgetMs;
  const picked: { key: string; entry: CacheEntry; ticket: Ticket; stamps: readonly Stamp[] }[] = [];
  const held = new Map<string, Ticket>();
  let bytes = 0;
  let entries = 0;
  let isComplete = true;
  let turnEndsAt = performance.now() + sliceMs;
  const pause = async (): Promise<void> => {
    if (performance.now() <= turnEndsAt) return;
    await nextTurn();
    signal?.throwIfAborted();
    turnEndsAt = performance.now() + sliceMs;
  };
  try {
    for (let start = 0; picked.length < mostEntries && bytes < mostBytes; start += keysAtOnce) {
      if (start >= keys.length && keys.length >= asked && asked < mostKeys) {
        asked = mostKeys;
        keys = (await mostUsed(asked)).filter((key) => !held.has(key));
        start = 0;
      }
      if (start >= keys.length) break;
      if (isOver()) {
        isComplete = false;
        break;
      }
      await pause();
      const page = keys.slice(start, start + keysAtOnce);
      const stamps = stampsOf(tiers);
      const taken = page.map((key) => tickets.take(key));
      for (const [index, key] of page.entries()) held.set(key, taken[index] as Ticket);
      const found = tier.sync ? tier.readManyNow(page) : await tier.readManyLater(page);
      for (const [index, key] of page.entries()) {
        const [ticket, entry] = [taken[index], found[index]];
        if (ticket === undefined || entry === undefined || entry.absent === true || !stack.isFresh(entry)) continue;
        if (picked.length >= mostEntries) break;
        picked.push({ key, entry, ticket, stamps });
        if (entry.value instanceof Uint8Array) bytes += entry.value.byteLength;
      }
    }
    // The best last: it is then the one that was used most recently, and the last to go.
    for (const [rank, { key, entry, ticket, stamps }] of [...picked.entries()].reverse()) {
      await pause();
      const first = room.findIndex((left) => rank < left);
      if (first !== -1 && !ticket.superseded && stack.lift(key, from, entry, first, stamps)) entries += 1;
    }
  } finally {
    for (const [key, ticket] of held) tickets.release(key, ticket);
  }
  return result(entries, candidates, isComplete);
};
