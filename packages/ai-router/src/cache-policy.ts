import type { CacheMode, Exchange } from './exchange.ts';
import { formats } from './formats/index.ts';

/**
 * Which requests may be answered from the cache by their temperature. `unset-or-zero`: those that set no temperature or
 * set it to 0, since whoever asks for variety says so. `zero`: only those that set it to 0. `any`: all.
 */
export type TemperatureRule = 'unset-or-zero' | 'zero' | 'any';

export interface CachePolicy {
  /** How long an answer may be used, milliseconds. @default 86,400,000 (24 h) */
  readonly ttlMs?: number;
  /** @default "unset-or-zero" */
  readonly temperature?: TemperatureRule;
  /** Answers larger than this are passed on and not stored; whole answers larger than it are refused. @default 33,554,432 */
  readonly maxAnswerBytes?: number;
}

/** What a request may ask of the cache, and whether it may share a call with others that ask the same. */
export function cacheMode(exchange: Exchange, rule: TemperatureRule): CacheMode {
  const asked = exchange.cache ?? 'use';
  // Vectors and counts are the same every time.
  if (asked === 'off' || rule === 'any' || formats[exchange.protocol].operation !== 'chat') return asked;
  const { temperature } = exchange.body;
  const deterministic = temperature === 0 || (rule === 'unset-or-zero' && (temperature ?? undefined) === undefined);
  return deterministic ? asked : 'off';
}
