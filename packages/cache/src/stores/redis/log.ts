import { createScopes, type Scopes } from '../../scopes.ts';
import type { CacheEntry, Invalidation, InvalidationListener } from '../../store.ts';
import type { RedisArgument, RedisNames } from './names.ts';
import { createPending } from './pending.ts';
import { invalidateScript, runScript, type Send, sinceScript } from './scripts.ts';

/** What a script that publishes answers first: the number before, and its own. */
export interface Published {
  readonly before: number;
  readonly number: number;
}

/** What this process knows of the invalidations in Redis, and has yet to tell. */
export interface RedisLog {
  version(): number;
  /** To be called when a read begins. */
  mark(): number;
  /** Whether an invalidation covers an entry that was read since `mark`. */
  covers(key: string, entry: CacheEntry, mark: number): boolean;
  /** Runs what publishes `items`. They hold from the call on; where it fails they are sent again later. */
  publish<Reply extends Published>(items: readonly Invalidation[], run: () => Promise<Reply>): Promise<Reply>;
  /** Publishes alone. Resolves to how many of the keys among `items` were there. */
  invalidate(items: readonly Invalidation[]): Promise<number>;
  /** Sends again what failed, where there is anything. */
  resend(send?: Send): Promise<void>;
  hasPostponed(): boolean;
  /** Fetches what is missing up to this number, or to the last one there is. */
  reach(number?: number, send?: Send): Promise<void>;
  /** One message from the others, or from this process. */
  hear(message: string): void;
  listen(listener: InvalidationListener): void;
  /** What this process holds from before is up to date as of this number; `undefined`: nobody knows. */
  resume(number: number | undefined): void;
  /** Redis cannot be reached. Where it never was, nothing of before is certain once it is. */
  markUnsynced(): void;
}

export interface RedisLogOptions {
  readonly names: RedisNames;
  /** Who publishes: this process, or all that hear of each other in another way. */
  readonly origin: () => string;
  readonly send: Send;
  readonly now: () => number;
}

const kinds = new Set<unknown>(['key', 'tag', 'namespace', 'glob', 'all']);
const everything: Invalidation = { kind: 'all', name: '' };
const floorMember = 'floor';

/** An invalidation as it stands in Redis; JSON keeps halves of surrogate pairs apart. */
export const memberOf = ({ kind, name }: Invalidation): string => JSON.stringify([kind, name]);

/** `undefined`: not something that this store wrote. */
const invalidationOf = (parsed: unknown): Invalidation | undefined => {
  if (!Array.isArray(parsed)) return undefined;
  const [kind, name]: readonly unknown[] = parsed;
  return kinds.has(kind) && typeof name === 'string' ? { kind: kind as Invalidation['kind'], name } : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What `publish` in the scripts sends: the number before, its own, who it was, and the members. */
const messageFormat = /^(\d+) (\d+) (\S+) (\[.*\])$/s;

/** The rounds in which a number that is known to exist must have come. */
const mostRounds = 3;

export const createRedisLog = ({ names, origin, send, now }: RedisLogOptions): RedisLog => {
  const shared = [names.sequence, names.keys, names.scopes];
  const scopes: Scopes = createScopes();
  const pending = createPending();
  let listener: InvalidationListener | undefined;
  /** All invalidations up to this number are known here. */
  let applied = 0;
  let isUnsynced = false;
  /** What is held from before this process began, and as of which number. */
  let held: { readonly since: number | undefined } | undefined;
  let fetching: Promise<void> | undefined;
  let resending: Promise<void> | undefined;

  const note = (item: Invalidation, number: number): void => {
    if (item.kind === 'key') return;
    try {
      scopes.add(item, number);
    } catch {
      // A glob that cannot be compiled is nobody's, or a newer version's: it may cover anything.
      scopes.add(everything, number);
    }
  };
  const advance = (number: number): void => {
    applied = Math.max(applied, number);
    scopes.advance(applied);
  };

  const fetch = async (through: Send): Promise<void> => {
    const from = applied;
    const isFirst = from === 0;
    /** What came later concerns what is held here. Nothing is, at the beginning of a process without a disk of its own. */
    const since = isFirst ? held?.since : from;
    const keysSince = since === undefined ? '' : `${since}`;
    const reply = (await runScript(through, sinceScript, shared, [`${from}`, names.entryPattern, keysSince])) as [
      Buffer,
      Buffer[],
      Buffer[],
    ];
    const [last, ...sets] = reply;
    let isLost = isUnsynced || (isFirst && held !== undefined && held.since === undefined);
    isUnsynced = false;
    const heard: Invalidation[] = [];
    for (const set of sets) {
      for (let index = 0; index + 1 < set.length; index += 2) {
        const number = Number(set[index + 1]);
        // Messages may have come meanwhile, in order and without a gap.
        if (number <= applied) continue;
        const member = `${set[index]}`;
        const item = invalidationOf(parseJson(member));
        if (since === undefined || number <= since) {
          // It holds nothing of before.
        } else if (item !== undefined) heard.push(item);
        else isLost = true;
        if (set === sets[0] || member !== floorMember) note(item ?? everything, number);
      }
    }
    advance(Number(last));
    if (isLost) listener?.missed();
    else for (const item of heard) listener?.apply(item);
  };

  /** While a connection is made fit for use, nothing may wait for what waits for that connection. */
  const isOwn = (through: Send): boolean => through !== send;

  const fetchOnce = (through: Send): Promise<void> => {
    if (isOwn(through)) return fetch(through);
    fetching ??= fetch(through).finally(() => {
      fetching = undefined;
    });
    return fetching;
  };

  const reach = async (number?: number, through: Send = send): Promise<void> => {
    if (number === undefined) {
      if (fetching !== undefined && !isOwn(through)) await fetching.catch(() => {});
      return fetchOnce(through);
    }
    // One under way may have been answered before the number was given.
    for (let round = 0; round < mostRounds && applied < number; round += 1) await fetchOnce(through);
  };

  /** Goes by the number of what this process has published itself. */
  const learn = async (items: readonly Invalidation[], published: Published, through: Send): Promise<void> => {
    const { before, number } = published;
    if (number <= applied) return;
    if (before <= applied) {
      for (const item of items) note(item, number);
      advance(number);
    } else if (listener === undefined || items.some(({ kind }) => kind !== 'key')) {
      // Noting it now could be undone by an older one of the same name that is still on its way. Keys can wait for that.
      await reach(number, through);
    }
  };

  const sendItems = async (items: readonly Invalidation[], through: Send): Promise<Published & { found: number }> => {
    const keys: RedisArgument[] = [...shared];
    const args: RedisArgument[] = [names.channel, origin(), `${now()}`];
    for (const item of items) {
      if (item.kind === 'key') keys.push(names.entry(item.name));
      args.push(item.kind, memberOf(item));
    }
    const [before, number, found] = (await runScript(through, invalidateScript, keys, args)) as [
      Buffer,
      Buffer,
      number,
    ];
    return { before: Number(before), number: Number(number), found };
  };

  const publish: RedisLog['publish'] = async (items, run) => {
    const handle = pending.begin(items);
    try {
      const reply = await run();
      // It is published all the same where this fails; sent again, it only gets a newer number.
      await learn(items, reply, send).then(
        () => pending.settle(handle),
        () => pending.postpone(handle),
      );
      return reply;
    } catch (error) {
      pending.postpone(handle);
      throw error;
    }
  };

  return {
    version: () => applied,
    mark: pending.mark,
    covers: (key, entry, mark) => scopes.covers(key, entry) || pending.covers(key, entry, mark),
    publish,
    invalidate: async (items) => (await publish(items, () => sendItems(items, send))).found,
    resend: async (through = send) => {
      const run = async (): Promise<void> => {
        const waiting = pending.postponed();
        if (waiting.length === 0) return;
        const items = waiting.flatMap(([, each]) => each);
        await learn(items, await sendItems(items, through), through);
        for (const [handle] of waiting) pending.settle(handle);
      };
      if (isOwn(through)) return run();
      // One under way may lack what failed since.
      if (resending !== undefined) await resending.catch(() => {});
      resending ??= run().finally(() => {
        resending = undefined;
      });
      return resending;
    },
    hasPostponed: () => pending.postponed().length > 0,
    reach,
    hear: (message) => {
      const [, before, given, from, members] = messageFormat.exec(message) ?? [];
      const number = Number(given);
      if (number <= applied) return;
      const parsed = Number(before) <= applied ? parseJson(members ?? '') : undefined;
      const items = Array.isArray(parsed) ? parsed.map(invalidationOf) : [undefined];
      if (items.includes(undefined)) {
        // Where this fails, the next comparison of the numbers makes up for it.
        void reach(Number.isSafeInteger(number) ? number : undefined).catch(() => {});
        return;
      }
      const known = items.filter((item) => item !== undefined);
      for (const item of known) note(item, number);
      advance(number);
      if (from !== origin()) for (const item of known) listener?.apply(item);
    },
    listen: (to) => {
      listener = to;
    },
    resume: (number) => {
      held = { since: number };
    },
    markUnsynced: () => {
      isUnsynced = applied === 0;
    },
  };
};
