import { describeEntry, endOf, type Stamp } from './entry.ts';
import { channels } from './events.ts';
import { type Flight, type FlightControl, isLoadTimeout, startFlight } from './flight.ts';
import { createLeasing, type Lease } from './leasing.ts';
import type { EntryOptions, GetOrSetOptions, Policy } from './options.ts';
import type { Scopes } from './scopes.ts';
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
  /**
   * Decides about the entry once the loader knows more; goes before the options of the call, and adds up. `ttlMs: 0` keeps
   * nothing and removes what was there.
   */
  setOptions(options: EntryOptions): void;
}

/** Makes the value of a missing key. What it returns is kept; `undefined` only with `negativeTtlMs`, as an absence. */
export type Loader<Value> = (context: LoadContext<Value>) => MaybePromise<Value>;

export interface LoadCounts {
  loads: number;
  loadErrors: number;
  loadMs: number;
  /** Stale values answered, for whatever reason. */
  stale: number;
}

export interface LoadsOptions<Value> {
  readonly name: string;
  readonly tiers: readonly Tier[];
  readonly stack: TierStack<Value>;
  readonly scopes: Scopes;
  readonly tickets: Tickets;
  readonly policyOf: (options?: GetOrSetOptions) => Policy;
  readonly now: () => number;
  readonly random: () => number;
  readonly leaseMs: number;
  readonly announceMiss: () => void;
  /** An entry found in a tier that answers later is used. */
  readonly onUse: (
    key: string,
    entry: CacheEntry<Value>,
    call: GetOrSetOptions | undefined,
    stamps: readonly Stamp[],
  ) => void;
  /** Applies what other processes invalidated, whether or not this turn has seen to it already. */
  readonly catchUp: () => void;
}

/** What a load came to. */
export interface Landed<Value> {
  readonly value: Value;
  /** It is the old value, since no new one could be had in time. */
  readonly isStale: boolean;
}

/** One load under way. */
export interface Load<Value> extends Flight<Landed<Value>> {
  /** The newest entry that it has met, past its end. */
  readonly seen: Seen<Value>;
}

/** The loads under way: one per key. */
export interface Loads<Value> {
  readonly counts: LoadCounts;
  find(key: string): Load<Value> | undefined;
  /** Whether the stale entry may be answered while a load makes a new one. */
  mayRevalidate(stale: CacheEntry<Value>, policy: Policy): boolean;
  /** Whether it may be answered because no new one can be had. */
  mayStandIn(stale: CacheEntry<Value>, policy: Policy): boolean;
  /** Starts the only load of `key`; `known` is the entry that it would replace. */
  start(
    key: string,
    loader: Loader<Value>,
    options: GetOrSetOptions | undefined,
    known?: CacheEntry<Value>,
  ): Load<Value>;
  /** Work on this key that began before now must not write any more, nor be joined. */
  supersede(key: string): void;
  /** The same for the loads that an invalidation covers; `tags` are `undefined` while they cannot be known. */
  supersedeWhere(covers: (key: string, tags: readonly string[] | undefined) => boolean): void;
  /** Gives back every lease. */
  close(): Promise<void>;
}

/** What is known of one load; emptied when it ends. */
interface Slot<Value> {
  load: Load<Value> | undefined;
  lease: Lease | undefined;
  tags: readonly string[];
  /** It still reads, and may find an entry with any tags. */
  isReading: boolean;
}

const given = <Options extends object>(options: Options): Partial<Options> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;

export const createLoads = <Value>(options: LoadsOptions<Value>): Loads<Value> => {
  const { name, tiers, stack, scopes, tickets, policyOf, now, random, announceMiss, catchUp } = options;
  const leasing = createLeasing<CacheEntry<Value>>(tiers, options.leaseMs);
  const counts: LoadCounts = { loads: 0, loadErrors: 0, loadMs: 0, stale: 0 };
  // Slots that are emptied, never loads: V8 keeps the old tables of a busy map, and all that they hold, alive.
  const slots = new Map<string, Slot<Value>>();
  /** The leases of superseded loads too, and those that are being asked for. */
  const leases = new Set<Lease>();
  const acquiring = new Set<Promise<unknown>>();

  const release = (slot: Slot<Value>): void => {
    const { lease } = slot;
    if (lease === undefined) return;
    slot.lease = undefined;
    leases.delete(lease);
    void lease.release();
  };
  const supersede = (key: string): void => {
    tickets.supersede(key);
    const slot = slots.size > 0 ? slots.get(key) : undefined;
    if (slot === undefined) return;
    slot.load = undefined;
    slots.delete(key);
    // Whoever loads next need not wait for what nobody will keep.
    release(slot);
  };

  const mayRevalidate = (stale: CacheEntry<Value>, policy: Policy): boolean =>
    now() < endOf(stale) + policy.staleWhileRevalidateMs;
  const mayStandIn = (stale: CacheEntry<Value>, policy: Policy): boolean => now() < endOf(stale) + policy.graceMs;

  const fresh = (entry: CacheEntry<Value>): Landed<Value> => ({ value: entry.value, isStale: false });

  /** One run of a loader, from the call to what is kept. */
  const run = async (
    key: string,
    loader: Loader<Value>,
    call: GetOrSetOptions | undefined,
    slot: Slot<Value>,
    ticket: Ticket,
    fences: readonly Stamp[],
    control: FlightControl,
    seen: Seen<Value>,
  ): Promise<Landed<Value>> => {
    const { signal } = control;
    const { stale } = seen;
    let merged = call;
    let policy = policyOf(call);
    // What is loaded from now on knows of everything invalidated until now.
    const stamps = tiers.map((tier, index) => ({ version: tier.version(), fence: fences[index]?.fence }));
    const since = scopes.version;
    const context: LoadContext<Value> = {
      signal,
      stale: stale && { value: stale.value, createdAt: stale.createdAt },
      setOptions: (more) => {
        merged = { ...merged, ...given(more) };
        policy = policyOf(merged);
        slot.tags = policy.tags ?? [];
      },
    };

    /** Keeps what was loaded, or takes away what it says is no more. */
    const keep = (value: Value, loadMs: number): MaybePromise<unknown> => {
      const absent = value === undefined;
      if (ticket.superseded) return undefined;
      if (policy.ttlMs > 0 && (!absent || policy.negativeTtlMs > 0)) {
        const head = describeEntry(policy, now(), random, { loadMs, absent });
        tickets.supersede(key);
        return stack.write(key, value, head, 'load', stamps);
      }
      // Also what this call would not have answered with.
      return (stale ?? stack.findNow(key)) === undefined ? undefined : stack.remove(key);
    };

    /** The old value where it may stand in for the one that cannot be had. */
    const standIn = (): Landed<Value> | undefined => {
      if (stale === undefined || ticket.superseded) return undefined;
      if (scopes.covers(key, { version: since, tags: stale.tags })) return undefined;
      if (endOf(stale) > now()) return fresh(stale);
      if (!mayStandIn(stale, policy)) return undefined;
      const staleAt = now() + policy.graceBackoffMs;
      // Callers that come next need not meet the same failure.
      if (policy.graceBackoffMs > 0) stack.writeMemory(key, stale.value, { ...stale, staleAt }, stamps);
      return { value: stale.value, isStale: true };
    };

    announceMiss();
    if (channels.loadStart.hasSubscribers) channels.loadStart.publish({ cache: name });
    const startedAt = performance.now();
    let outcome: 'loaded' | 'failed' | 'aborted' = 'failed';
    let written: MaybePromise<unknown>;
    counts.loads += 1;
    try {
      const loading = loader(context) as Promise<Value>;
      const value: Value = await (policy.hardTimeoutMs === Number.POSITIVE_INFINITY
        ? loading
        : control.within(Promise.resolve(loading), policy.hardTimeoutMs));
      outcome = 'loaded';
      written = keep(value, performance.now() - startedAt);
      return { value, isStale: false };
    } catch (error) {
      counts.loadErrors += 1;
      const isAbandoned = signal.aborted && !isLoadTimeout(error);
      if (isAbandoned) outcome = 'aborted';
      const old = isAbandoned ? undefined : standIn();
      if (old === undefined) throw error;
      return old;
    } finally {
      const durationMs = performance.now() - startedAt;
      counts.loadMs += durationMs;
      if (channels.loadEnd.hasSubscribers) channels.loadEnd.publish({ cache: name, outcome, durationMs });
      // What was written must be there before others may ask for it.
      if (slot.lease !== undefined) void Promise.resolve(written).then(() => release(slot));
    }
  };

  const load = async (
    key: string,
    loader: Loader<Value>,
    call: GetOrSetOptions | undefined,
    slot: Slot<Value>,
    ticket: Ticket,
    control: FlightControl,
    seen: Seen<Value>,
  ): Promise<Landed<Value>> => {
    const { signal } = control;
    const stamps = stampsOf(tiers);
    const known = seen.stale;
    const isNews = (entry: CacheEntry<Value> | undefined): entry is CacheEntry<Value> =>
      entry !== undefined && (known === undefined || entry.createdAt > known.createdAt);
    if (stack.syncEnd < stack.tiers.length) {
      let found = await stack.readLater(key, ticket, stamps, seen);
      // A value set while the slow tiers were read is in the fast ones by now.
      if (found === undefined && ticket.superseded) found = stack.readNow(0, stack.syncEnd, key, false);
      if (isNews(found)) {
        if (!ticket.superseded) options.onUse(key, found, call, stamps);
        return fresh(found);
      }
      signal.throwIfAborted();
      const { stale } = seen;
      if (known === undefined && stale !== undefined && mayRevalidate(stale, policyOf(call))) {
        if (!ticket.superseded) stack.writeMemory(key, stale.value, stale, stamps);
        return { value: stale.value, isStale: true };
      }
    }
    if (leasing.isUsed && stack.tiers.length > 0) {
      const asked = leasing
        .acquire(key, stamps, signal, () => {
          catchUp();
          const found = stack.readNow(0, stack.syncEnd, key, false);
          if (isNews(found)) return found;
          if (stack.syncEnd >= stack.tiers.length) return undefined;
          return stack.readLater(key, ticket, stamps).then((entry) => (isNews(entry) ? entry : undefined));
        })
        .then((outcome) => {
          if (!('lease' in outcome)) return outcome;
          leases.add(outcome.lease);
          slot.lease = outcome.lease;
          // Nobody may want it any more, and a loader that nobody waits for may never end.
          if (ticket.superseded || signal.aborted) release(slot);
          else signal.addEventListener('abort', () => release(slot), { once: true });
          return outcome;
        })
        .finally(() => acquiring.delete(asked));
      acquiring.add(asked);
      const { hardTimeoutMs } = policyOf(call);
      const outcome = await (hardTimeoutMs === Number.POSITIVE_INFINITY ? asked : control.within(asked, hardTimeoutMs));
      if ('found' in outcome) return fresh(outcome.found);
    }
    slot.isReading = false;
    return run(key, loader, call, slot, ticket, stamps, control, seen);
  };

  const loads: Loads<Value> = {
    counts,
    mayRevalidate,
    mayStandIn,
    find: (key) => slots.get(key)?.load,
    start: (key, loader, call, known) => {
      const ticket = tickets.take(key);
      const seen: Seen<Value> = { stale: known };
      const reads = leasing.isUsed || stack.syncEnd < stack.tiers.length;
      const slot: Slot<Value> = { load: undefined, lease: undefined, tags: call?.tags ?? [], isReading: reads };
      const flight = startFlight<Landed<Value>>(
        (control) => {
          const landing = load(key, loader, call, slot, ticket, control, seen);
          const land = (): void => {
            tickets.release(key, ticket);
            slot.load = undefined;
            if (slots.get(key) === slot) slots.delete(key);
          };
          landing.then(({ isStale }) => {
            const wasRead = slot.isReading;
            land();
            // What a slow tier had was past its end: everybody has it now, and one load makes a new one.
            if (isStale && wasRead && !ticket.superseded && !slots.has(key))
              loads.start(key, loader, call, seen.stale).hold();
          }, land);
          return landing;
        },
        () => {
          if (slots.get(key) === slot) supersede(key);
        },
      );
      const started: Load<Value> = { ...flight, seen };
      // A loader that set its own key before its first await has superseded this load already.
      if (!ticket.superseded) {
        slot.load = started;
        slots.set(key, slot);
      }
      return started;
    },
    supersede,
    supersedeWhere: (covers) => {
      for (const [key, { tags, isReading }] of [...slots])
        if (covers(key, isReading ? undefined : tags)) supersede(key);
    },
    close: async () => {
      leasing.stop();
      await Promise.allSettled([...acquiring]);
      const held = [...leases];
      leases.clear();
      await Promise.all(held.map((lease) => lease.release()));
    },
  };
  return loads;
};
