import { tooMuchToTranslate } from './errors.ts';
import type { Json, JsonObject } from './wire-format.ts';

/**
 * Messages, parts of them and tools together that are translated at most. Each takes microseconds and is held several times
 * over, while nobody else is answered. Anthropic allows as many messages (platform.claude.com, "Messages", `messages`).
 */
export const mostTranslated = 100_000;

/** Lists in lists in messages: deeper ones are no content of any protocol. */
const mostDepth = 6;

/** What stands in a list, and in the lists of its own in place of it, up to one more than `left`. */
const count = (list: readonly Json[], left: number, depth: number): number => {
  let sum = 0;
  for (const item of list) {
    let own = 0;
    if (typeof item === 'object' && item !== null && depth < mostDepth) {
      const inner = Array.isArray(item) ? [item] : Object.values(item);
      for (const value of inner) if (Array.isArray(value)) own += count(value, left - sum - own, depth + 1);
    }
    sum += Math.max(1, own);
    if (sum > left) return sum;
  }
  return sum;
};

/** Throws `ROUTER_FIELD_UNSUPPORTED` for a request of more than `mostTranslated`, naming the field that goes beyond. */
export function refuseTooMuch(body: JsonObject, protocol: string): void {
  let left = mostTranslated;
  for (const [field, value] of Object.entries(body)) {
    if (!Array.isArray(value)) continue;
    left -= count(value, left, 0);
    if (left < 0) throw tooMuchToTranslate(field, mostTranslated, protocol);
  }
}
