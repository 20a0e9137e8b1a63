import { compileGlob } from '../../src/glob.ts';
import type {
  CacheEntry,
  CacheStore,
  Invalidation,
  InvalidationListener,
  MaybePromise,
  StoreCapabilities,
} from '../../src/index.ts';

interface Record {
  readonly number: number;
  readonly invalidation: Invalidation;
  readonly by: object;
  /** Its members hear of each other in another way. */
  readonly group: string | undefined;
}

let tables = 0;

/** What members can be told to fail in. */
export type Operation =
  | 'get'
  | 'set'
  | 'version'
  | 'add'
  | 'settled'
  | 'poll'
  | 'acquire'
  | 'extend'
  | 'release'
  | 'record'
  | 'top';

/** The table as one process sees it. */
export interface Member extends CacheStore {
  /** Operations that throw, or reject where the member answers later. */
  readonly failing: Set<Operation>;
  /** Operations in the order in which they were asked for, each with its key. */
  readonly calls: string[];
  /** From now on reads see the table as it is when they are asked, and answer once the returned function is called. */
  holdReads(): () => void;
  /** From now on other members' invalidations do not come. `rejoin` delivers them, or says that they are lost. */
  leave(): void;
  rejoin(how: 'heard' | 'missed'): void;
  /** Says whether others can be heard. */
  unheard(isUnheard: boolean): void;
}

export interface MemberOptions {
  /** Answers at once, or later. @default true */
  readonly sync?: boolean;
  /** Looks for what others invalidated when polled, or is told at once. @default 'poll' */
  readonly hears?: 'poll' | 'push';
  readonly capabilities?: Partial<StoreCapabilities>;
}

/** What several processes would share, in plain objects. */
export interface SharedTable {
  readonly entries: Map<string, CacheEntry>;
  readonly log: Record[];
  /** Who may load: token and end by key. */
  readonly leases: Map<string, { readonly token: number; readonly endsAt: number; readonly by: object }>;
  readonly uses: Map<string, number>;
  member(options?: MemberOptions): Member;
}

const covers = ({ kind, name }: Invalidation, key: string, entry: CacheEntry): boolean => {
  if (kind === 'all') return true;
  if (kind === 'key') return key === name;
  if (kind === 'tag') return entry.tags?.includes(name) === true;
  if (kind === 'namespace') return key.startsWith(`${name}\u001f`);
  return compileGlob(name)(key);
};

export const sharedTable = (now: () => number): SharedTable => {
  const entries = new Map<string, CacheEntry>();
  const log: Record[] = [];
  const leases = new Map<string, { token: number; endsAt: number; by: object }>();
  const tokens = new Map<string, number>();
  const uses = new Map<string, number>();
  const wakeUps = new Set<() => void>();
  tables += 1;
  const id = `table ${tables}`;

  const isInvalid = (key: string, entry: CacheEntry): boolean =>
    log.some(({ number, invalidation }) => number > (entry.version ?? 0) && covers(invalidation, key, entry));
  const live = (key: string): CacheEntry | undefined => {
    const entry = entries.get(key);
    return entry === undefined || entry.expiresAt <= now() || isInvalid(key, entry) ? undefined : { ...entry };
  };

  const member = ({ sync = true, hears = 'poll', capabilities }: MemberOptions = {}): Member => {
    const me = {};
    const failing = new Set<Operation>();
    const calls: string[] = [];
    let listener: InvalidationListener | undefined;
    let group: string | undefined;
    let applied = log.length;
    let isAway = false;
    let isClosed = false;
    let reads: Promise<void> | undefined;

    const answer = <Result>(operation: Operation, key: string, effect: () => Result): MaybePromise<Result> => {
      calls.push(`${operation} ${key}`.trim());
      const act = (): Result => {
        if (isClosed) throw new Error(`${operation} after close`);
        if (failing.has(operation)) throw new Error(`${operation} is broken`);
        return effect();
      };
      return sync ? act() : Promise.resolve().then(act);
    };
    const hear = (): void => {
      while (!isAway && applied < log.length) {
        const record = log[applied];
        applied += 1;
        if (record === undefined || record.by === me) continue;
        if (group === undefined || record.group !== group) listener?.apply(record.invalidation);
      }
    };
    const append = (invalidation: Invalidation): void => {
      log.push({ number: log.length + 1, invalidation, by: me, group });
      if (!isAway) hear();
      for (const wakeUp of wakeUps) wakeUp();
    };
    if (hears === 'push') wakeUps.add(hear);

    return {
      name: 'shared',
      capabilities: { sync, memory: false, persistent: true, shared: true, holds: 'values', ...capabilities },
      failing,
      calls,
      holdReads: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        reads = promise;
        return () => {
          reads = undefined;
          resolve();
        };
      },
      leave: () => {
        isAway = true;
      },
      rejoin: (how) => {
        isAway = false;
        if (how === 'heard') return hear();
        applied = log.length;
        listener?.missed();
      },
      unheard: (isUnheard) => listener?.unheard(isUnheard),
      get: (key) => {
        const held = reads;
        const found = answer('get', key, () => live(key));
        return held === undefined ? found : held.then(() => found);
      },
      set: (key, entry, origin) =>
        answer('set', key, () => {
          if (entry.fence !== undefined && entry.fence < (tokens.get(key) ?? 0)) return;
          if (origin === 'set') {
            append({ kind: 'key', name: key });
            entries.set(key, { ...entry, version: log.length });
          } else if (!isInvalid(key, entry)) entries.set(key, { ...entry });
        }),
      delete: (key) =>
        answer('set', key, () => {
          const had = live(key) !== undefined;
          append({ kind: 'key', name: key });
          entries.delete(key);
          return had;
        }),
      clear: () =>
        answer('set', '', () => {
          append({ kind: 'all', name: '' });
          entries.clear();
        }),
      usage: () => ({ entries: entries.size, bytes: 0, evictions: 0 }),
      close: () => {
        isClosed = true;
        wakeUps.delete(hear);
      },
      invalidations: {
        version: () => {
          if (failing.has('version')) throw new Error('version is broken');
          return applied;
        },
        add: (invalidations) => answer('add', '', () => invalidations.forEach(append)),
        settled: () => answer('settled', '', () => undefined),
        ...(hears === 'poll' && {
          poll: () => {
            calls.push('poll');
            if (failing.has('poll')) throw new Error('poll is broken');
            hear();
          },
        }),
        id,
        listen: (listening, inGroup) => {
          listener = listening;
          group = inGroup;
        },
      },
      leases: {
        acquire: (key, durationMs) =>
          answer('acquire', key, () => {
            const held = leases.get(key);
            if (held !== undefined && held.endsAt > now()) return undefined;
            const token = (tokens.get(key) ?? 0) + 1;
            tokens.set(key, token);
            leases.set(key, { token, endsAt: now() + durationMs, by: me });
            return token;
          }),
        extend: (key, token, durationMs) =>
          answer('extend', key, () => {
            if (leases.get(key)?.token !== token) return false;
            leases.set(key, { token, endsAt: now() + durationMs, by: me });
            return true;
          }),
        release: (key, token) =>
          answer('release', key, () => {
            if (leases.get(key)?.token === token) leases.delete(key);
          }),
      },
      popularity: {
        record: (more) =>
          answer('record', '', () => {
            for (const [key, weight] of more) uses.set(key, (uses.get(key) ?? 0) + weight);
          }),
        top: (count) =>
          answer('top', '', () =>
            [...uses]
              .sort(([, one], [, other]) => other - one)
              .map(([key]) => key)
              .slice(0, count),
          ),
      },
    };
  };
  return { entries, log, leases, uses, member };
};
