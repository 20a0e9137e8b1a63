import { resourceInvalid, resourceTooMuch } from '../errors/definition.ts';

/** What there is of a resource that steps share, as GPUs or calls to an API. */
export interface ResourceLimits {
  /** How much steps may hold at once. @default unlimited */
  readonly slots?: number | undefined;
  /** How many steps may start in `perMs`, evenly or at once. @default unlimited */
  readonly starts?: number | undefined;
  /** @default 60000 */
  readonly perMs?: number | undefined;
}

/** Steps that take the same resources are one pool. */
export interface Pools {
  /** The pool of a list as `['gpu', 'memory:4']`; the empty list is pool 0. */
  indexOf(resources: readonly string[]): number;
  /** When a step of the pool may start: now or before, later where starts are limited, `Infinity` until another one ends. */
  fitsAtMs(pool: number, nowMs: number): number;
  /** Whether one more step may run at all. */
  hasRoom(): boolean;
  acquire(pool: number, nowMs: number): void;
  release(pool: number): void;
  /** Whether starts of anything are limited. */
  isRated(): boolean;
}

interface Resource {
  readonly slots: number;
  free: number;
  /** A token bucket: how many may start now, as of `filledAtMs`. */
  readonly starts: number;
  readonly perMs: number;
  tokens: number;
  filledAtMs: number;
}

interface Need {
  readonly resource: Resource;
  readonly amount: number;
}

const demand = /^([^:\s]+)(?::([1-9]\d{0,8}))?$/;

/** Reads `gpu` and `gpu:2`. Throws `BATCH_RESOURCE_INVALID`. */
export const parseDemand = (text: string): { readonly name: string; readonly amount: number } => {
  const [, name, amount = '1'] = demand.exec(text) ?? [];
  if (name === undefined) throw resourceInvalid(text);
  return { name, amount: Number(amount) };
};

const fill = (resource: Resource, nowMs: number): void => {
  const { starts, perMs, tokens, filledAtMs } = resource;
  if (starts === Number.POSITIVE_INFINITY || nowMs <= filledAtMs) return;
  resource.tokens = Math.min(starts, tokens + ((nowMs - filledAtMs) * starts) / perMs);
  resource.filledAtMs = nowMs;
};

export const createPools = (concurrency: number, limits: Readonly<Record<string, ResourceLimits>> = {}): Pools => {
  const resources = new Map<string, Resource>();
  const resourceOf = (name: string): Resource => {
    const known = resources.get(name);
    if (known !== undefined) return known;
    const {
      slots = Number.POSITIVE_INFINITY,
      starts = Number.POSITIVE_INFINITY,
      perMs = 60_000,
    } = Object.hasOwn(limits, name) ? (limits[name] ?? {}) : {};
    const made = { slots, free: slots, starts, perMs, tokens: starts, filledAtMs: Number.NEGATIVE_INFINITY };
    resources.set(name, made);
    hasRates ||= starts !== Number.POSITIVE_INFINITY;
    return made;
  };
  const needsOf: Need[][] = [[]];
  const numbers = new Map<string, number>([['', 0]]);
  let free = concurrency;
  let hasRates = false;

  return {
    indexOf(list) {
      const key = [...list].sort().join('\n');
      const known = numbers.get(key);
      if (known !== undefined) return known;
      const needs = list.map((text) => {
        const { name, amount } = parseDemand(text);
        const resource = resourceOf(name);
        if (amount > resource.slots) throw resourceTooMuch(text, resource.slots);
        return { resource, amount };
      });
      numbers.set(key, needsOf.length);
      needsOf.push(needs);
      return needsOf.length - 1;
    },
    fitsAtMs(pool, nowMs) {
      if (free === 0) return Number.POSITIVE_INFINITY;
      let atMs = nowMs;
      for (const { resource, amount } of needsOf[pool] as Need[]) {
        if (resource.free < amount) return Number.POSITIVE_INFINITY;
        fill(resource, nowMs);
        if (resource.tokens < 1)
          atMs = Math.max(atMs, nowMs + ((1 - resource.tokens) * resource.perMs) / resource.starts);
      }
      return atMs;
    },
    hasRoom: () => free > 0,
    acquire(pool, nowMs) {
      free -= 1;
      if (pool === 0) return;
      for (const { resource, amount } of needsOf[pool] as Need[]) {
        resource.free -= amount;
        fill(resource, nowMs);
        resource.tokens -= 1;
      }
    },
    isRated: () => hasRates,
    release(pool) {
      free += 1;
      if (pool === 0) return;
      for (const { resource, amount } of needsOf[pool] as Need[]) resource.free += amount;
    },
  };
};
