import type { RequestLimits } from '../request-context.ts';
import type { Limits } from './gate.ts';
import { createLimiters, type Limiters, type NamedLimiterState } from './limiters.ts';

export interface LimitOptions {
  /** By the provider's id. */
  readonly providers?: Readonly<Record<string, Limits>>;
  /** By `provider/model`. */
  readonly models?: Readonly<Record<string, Limits>>;
  /** Of the names in `Exchange.limits`, such as `key:7f3a`; asked at each call. */
  readonly others?: (name: string) => Limits | undefined;
  /** How long a call waits for room before it goes elsewhere or is refused, milliseconds. @default 10,000 */
  readonly queueMs?: number;
  /** Goes on from what calls of other routers have used up. @default from nothing */
  readonly memory?: LimitMemory;
}

/** What has been used up of limits, for routers that follow one another: each lets the newest limits hold. */
export interface LimitMemory {
  limiters: Limiters | undefined;
  limitsOf: (name: string) => Limits | undefined;
}

export const createLimitMemory = (): LimitMemory => ({ limiters: undefined, limitsOf: () => undefined });

/** Throws `ROUTER_REQUEST_INVALID` for limits that are not whole numbers from 0. */
export function createRequestLimits({
  providers = {},
  models = {},
  others,
  queueMs = 10_000,
  memory = createLimitMemory(),
}: LimitOptions): RequestLimits {
  const known = new Map<string, Limits>([
    ...Object.entries(providers).map(([id, limits]) => [`provider:${id}`, limits] as const),
    ...Object.entries(models).map(([id, limits]) => [`model:${id}`, limits] as const),
  ]);
  memory.limitsOf = (name) => known.get(name) ?? others?.(name);
  memory.limiters ??= createLimiters({ limitsOf: (name) => memory.limitsOf(name) });
  const { limiters } = memory;
  const states = (): readonly NamedLimiterState[] => {
    const used = new Map(limiters.states().map((state) => [state.name, state]));
    const unused = [...known].filter(([name]) => !used.has(name));
    return [
      ...[...used.values()].filter(({ limits }) => Object.values(limits).some((limit) => limit !== undefined)),
      ...unused.map(([name, limits]) => ({ name, limits, active: 0, waiting: 0, requests: 0, tokens: 0 })),
    ];
  };
  return { limiters, queueMs, states };
}
