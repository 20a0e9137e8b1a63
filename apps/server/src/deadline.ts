import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, type JsonObject, parseDuration } from '@hotpath/runtime';
import { deadlineInvalid } from './errors.ts';

/** Until when a request may wait, and what of it is for the gateway alone. */
export interface Wait {
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  /** The body without its mark, where it had one. */
  readonly body: JsonObject;
  readonly isBodyChanged: boolean;
}

const header = 'x-hotpath-deadline';
/** The tiers of service that mean our economy lane. No provider has them: `flex` and the like are passed on. */
const ourTiers: ReadonlySet<unknown> = new Set(['economy', 'batch']);
const defaultWaitMs = 86_400_000;

/**
 * Reads `x-hotpath-deadline` (seconds, a duration such as `6h`, or a date) and `service_tier: "economy"`, which alone means a
 * day. Undefined where the answer is wanted at once.
 */
export function readDeadline(
  headers: IncomingHttpHeaders,
  body: JsonObject,
  now: number,
): Wait | ErrorInfo | undefined {
  const told = headers[header];
  const isOurs = ourTiers.has(body.service_tier);
  if (told === undefined && !isOurs) return undefined;
  const deadlineAt = told === undefined ? now + defaultWaitMs : timeOf(String(told).trim(), now);
  if (deadlineAt === undefined) return deadlineInvalid(header, String(told));
  if (!isOurs) return { deadlineAt, body, isBodyChanged: false };
  const { service_tier: _, ...rest } = body;
  return { deadlineAt, body: rest, isBodyChanged: true };
}

function timeOf(text: string, now: number): number | undefined {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  const at = ms === undefined ? dateOf(text) : now + ms;
  return at !== undefined && Number.isFinite(at) ? at : undefined;
}

/** ISO 8601 or an HTTP date. `Date.parse` alone takes nearly anything. */
function dateOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T|$)|^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

export const isWait = (verdict: Wait | ErrorInfo): verdict is Wait => 'deadlineAt' in verdict;
