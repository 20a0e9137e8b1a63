import type { EconomyOptions } from '@hotpath/ai-router';
import type { Duration } from './quantity.ts';

/** How requests with a deadline are answered at half price, through the batch APIs of their providers. */
export interface EconomyConfig {
  /** @default true */
  readonly enabled?: boolean | string | undefined;
  /** The SQLite file of what was submitted; relative to the configuration's folder. @default `economy.sqlite` in the user's state folder */
  readonly path?: string | undefined;
  /** How long requests are collected before they go out together. @default '30s' */
  readonly windowMs?: Duration | undefined;
  /** So long before its deadline a request is asked live. @default '5m' */
  readonly liveReserveMs?: Duration | undefined;
  /** Requests whose deadline is nearer than this are asked live at once. @default '15m' */
  readonly leastWaitMs?: Duration | undefined;
  /** The first look after a batch; the next ones ever less often, up to every 2 minutes. @default '10s' */
  readonly pollMs?: Duration | undefined;
  /** Requests of one batch at most. @default 10000 */
  readonly maxRequests?: number | string | undefined;
}

/** The same with every default filled in. */
export interface ResolvedEconomy
  extends Required<Pick<EconomyOptions, 'windowMs' | 'liveReserveMs' | 'leastWaitMs' | 'pollMs' | 'maxRequests'>> {
  readonly enabled: boolean;
  /** Absolute. */
  readonly path: string;
}

/** Fills in the defaults. */
export const economyWithDefaults = (config: Partial<ResolvedEconomy> | undefined, path: string): ResolvedEconomy => ({
  enabled: true,
  path,
  windowMs: 30_000,
  liveReserveMs: 300_000,
  leastWaitMs: 900_000,
  pollMs: 10_000,
  maxRequests: 10_000,
  ...config,
});
