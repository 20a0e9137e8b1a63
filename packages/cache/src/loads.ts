import { describeEntry, type EntryHead, type Stamp } from './entry.ts';
import { channels } from './events.ts';
import { type Flight, type FlightControl, isLoadTimeout, startFlight } from './flight.ts';
import { createLeasing, type Lease } from './leasing.ts';
import type { EntryOptions, GetOrSetOptions, Policy } from './options.ts';
import type { CacheEntry, MaybePromise } from './store.ts';
import type { Ticket, Tickets } from './tickets.ts';
import { stampsOf, type Tier } from './tier.ts';
import type { Seen, TierStack } from './tier-stack.ts';

/** Handed to a loader. */
export interface LoadContext<Value = unknown> {
  /** Aborts when nobody waits for the value any more, and at the hard timeout. */
  readonly signal: AbortSignal;
  /** What the new value replaces, where the old one is still known: for a conditional request, say. */
  readonly stale: { readonly value: Value; readonly createdAt: number } | undefined;
  /** Decides about the entry once the loader knows more; goes before the options of the call. `ttlMs: 0` keeps nothing. */
  setOptions(options: EntryOptions): void;
}

/** Makes the value of a missing key. What it returns is kept; `undefined` only with `negativeTtlMs`, as an absence. */
export type Loader<Value> = (context: LoadContext<Value>) => MaybePromise<Value>;

export interface LoadCounts {
  loads: number;
  loadErrors: number;
  loadMs: number;
  /** Stale values answered, by reason together. */
  stale: number;
}

export interface LoadsOptions<Value> {
  readonly name: string;
  readonly tiers: readonly Tier[];
  readonly stack: TierStack<Value>;
  readonly tickets: Tickets;
  readonly policyOf: (options?: GetOrSetOptions) => Policy;
  readonly now: () => number;
  readonly random: () => number;
  readonly leaseMs: number;
  readonly announce: (outcome: 'miss' | 'stale') => void;
  /** Applies what other processes invalidated, whether or not this turn has seen to it already. */
  readonly catchUp: () => void;
}

/** The loads under way: one per key. */
export interface Loads<Value> {
  readonly counts: LoadCounts;
  find(key: string): Flight<Value> | undefined;
  /** Whether the stale entry may be answered while a load makes a new one. */
  mayRevalidate(stale: CacheEntry<Value>, policy: Policy): boolean;
  /** Starts the only load of `key`; `known` is the entry that it would replace. */
  start(
    key: string,
    loader: Loader<Value>,
    options: GetOrSetOptions | undefined,
    known?: CacheEntry<Value>,
  ): Flight<Value>;
  /** Work on this key that began before now must not write any more, nor be joined. */
  supersede(key: string): void;
  supersedeWhere(covers: (key: string, tags: readonly string[] | undefined) => boolean): void;
}

interface Slot<Value> {
  flight: Flight<Value> | undefined;
  readonly tags: readonly string[] | undefined;
}

export const createLoads = <Value>(options: LoadsOptions<Value>): Loads<Value> => {
  const { name, tiers, stack, tickets, policyOf, now, random, announce, catchUp } = options;
  const leasing = createLeasing<CacheEntry<Value>>(tiers, options.leaseMs);
  const counts: LoadCounts = { loads: 0, loadErrors: 0, loadMs: 0, stale: 0 };
  // Slots that are emptied, never flights: V8 keeps the old tables of a busy map, and all that they hold, alive.
  const slots = new Map<string, Slot<Value>>();

  const remove = (key: string): void => {
    const slot = slots.get(key);
    if (slot === undefined) return;
    slot.flight = undefined;
    slots.delete(key);
  };
  const supersede = (key: string): void => {
    tickets.supersede(key);
    if (slots.size > 0) remove(key);
  };

  const serveStale = (key: string, entry: CacheEntry<Value>, backoffMs: number): Value => {
    counts.stale += 1;
    announce('stale');
    const staleAt = now() + backoffMs;
    // Callers that come next need not meet the same failure.
    if (backoffMs > 0 && entry.expiresAt > staleAt)
      stack.writeMemory(key, entry.value, { ...entry, staleAt } satisfies EntryHead);
    return entry.value;
  };

  const mayRevalidate = (stale: CacheEntry<Value>, policy: Policy): boolean =>
    now() < (stale.staleAt ?? stale.expiresAt) + policy.staleWhileRevalidateMs;

  /** Runs the loader, keeps what it made and gives the lease back. */
  const run = async (
    key: string,
    loader: Loader<Value>,
    given: GetOrSetOptions | undefined,
    ticket: Ticket,
    stamps: readonly Stamp[],
    control: FlightControl,
    seen: Seen<Value>,
    lease: Lease | undefined,
  ): Promise<Value> => {
    const { signal } = control;
    const { stale } = seen;
    let policy = policyOf(given);
    // What is loaded from now on knows of everything invalidated until now.
    const begun = stamps.map(({ fence }, index) => ({ version: tiers[index]?.version() ?? 0, fence }));
    const context: LoadContext<Value> = {
      signal,
      stale: stale && { value: stale.value, createdAt: stale.createdAt },
      setOptions: (more) => {
        policy = policyOf({ ...given, ...more });
      },
    };
    announce('miss');
    if (channels.loadStart.hasSubscribers) channels.loadStart.publish({ cache: name });
    const startedAt = performance.now();
    let outcome: 'loaded' | 'failed' | 'aborted' = 'failed';
    let written: MaybePromise<void> | undefined;
    counts.loads += 1;
    try {
      const loading = loader(context) as Promise<Value>;
      const value: Value = await (policy.hardTimeoutMs === Number.POSITIVE_INFINITY
        ? loading
        : control.within(Promise.resolve(loading), policy.hardTimeoutMs));
      outcome = 'loaded';
      const absent = value === undefined;
      const isKept = absent ? policy.negativeTtlMs > 0 : policy.ttlMs > 0;
      if (isKept && !ticket.superseded) {
        const head = describeEntry(policy, now(), random, { loadMs: performance.now() - startedAt, absent });
        supersede(key);
        written = stack.write(key, value, head, 'load', begun);
      }
      return value;
    } catch (error) {
      counts.loadErrors += 1;
      if (signal.aborted && !isLoadTimeout(error)) outcome = 'aborted';
      else if (stale !== undefined && (stale.staleAt ?? stale.expiresAt) + policy.graceMs > now())
        return serveStale(key, stale, policy.graceBackoffMs);
      throw error;
    } finally {
      const durationMs = performance.now() - startedAt;
      counts.loadMs += durationMs;
      if (channels.loadEnd.hasSubscribers) channels.loadEnd.publish({ cache: name, outcome, durationMs });
      // What was written must be there before others may ask for it.
      if (lease !== undefined) void Promise.resolve(written).then(() => lease.release());
    }
  };

  const load = async (
    key: string,
    loader: Loader<Value>,
    given: GetOrSetOptions | undefined,
    ticket: Ticket,
    control: FlightControl,
    known: CacheEntry<Value> | undefined,
    revalidate: (stale: CacheEntry<Value>) => void,
  ): Promise<Value> => {
    const { signal } = control;
    const stamps = stampsOf(tiers);
    const seen: Seen<Value> = { stale: known };
    const isNews = (entry: CacheEntry<Value> | undefined): entry is CacheEntry<Value> =>
      entry !== undefined && (known === undefined || entry.createdAt > known.createdAt);
    if (stack.syncEnd < stack.tiers.length) {
      let found = await stack.readLater(key, ticket, stamps, seen);
      // A value set while the slow tiers were read is in the fast ones by now.
      if (found === undefined && ticket.superseded) found = stack.readNow(0, stack.syncEnd, key, false);
      if (isNews(found)) return found.value;
      signal.throwIfAborted();
      const { stale } = seen;
      if (known === undefined && stale !== undefined && mayRevalidate(stale, policyOf(given))) {
        stack.writeMemory(key, stale.value, stale);
        revalidate(stale);
        return serveStale(key, stale, 0);
      }
    }
    if (!leasing.isUsed) return run(key, loader, given, ticket, stamps, control, seen, undefined);
    const outcome = await leasing.acquire(key, stamps, signal, () => {
      catchUp();
      const found = stack.readNow(0, stack.syncEnd, key, false);
      if (isNews(found)) return found;
      if (stack.syncEnd >= stack.tiers.length) return undefined;
      return stack.readLater(key, ticket, stamps).then((entry) => (isNews(entry) ? entry : undefined));
    });
    if ('found' in outcome) return outcome.found.value;
    return run(key, loader, given, ticket, stamps, control, seen, outcome.lease);
  };

  const loads: Loads<Value> = {
    counts,
    mayRevalidate,
    find: (key) => slots.get(key)?.flight,
    start: (key, loader, given, known) => {
      let stale: CacheEntry<Value> | undefined;
      const ticket = tickets.take(key);
      const slot: Slot<Value> = { flight: undefined, tags: given?.tags };
      const flight = startFlight<Value>(
        (control) => {
          const landing = load(key, loader, given, ticket, control, known, (entry) => {
            stale = entry;
          });
          const land = (): void => {
            tickets.release(key, ticket);
            slot.flight = undefined;
            if (slots.get(key) === slot) slots.delete(key);
            if (stale !== undefined && !slots.has(key)) loads.start(key, loader, given, stale).hold();
          };
          landing.then(land, land);
          return landing;
        },
        () => {
          if (slots.get(key) === slot) supersede(key);
        },
      );
      // A loader that set its own key before its first await has superseded this flight already.
      if (!ticket.superseded) {
        slot.flight = flight;
        slots.set(key, slot);
      }
      return flight;
    },
    supersede,
    supersedeWhere: (covers) => {
      for (const [key, { tags }] of [...slots]) if (covers(key, tags)) supersede(key);
    },
  };
  return loads;
};
