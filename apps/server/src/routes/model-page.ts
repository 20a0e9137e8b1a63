import type { ErrorInfo, ModelInfo } from '@hotpath/runtime';
import { queryInvalid } from '../errors.ts';

export interface ModelPage {
  readonly models: readonly ModelInfo[];
  /** Whether there are more in the direction that was asked for. */
  readonly hasMore: boolean;
}

const most = 1000;

/**
 * The part of a list that a client of Anthropic's asks for by `limit` (1 to 1000), `after_id` and `before_id`
 * (platform.claude.com, "List Models"). Without `limit`, 1000 where Anthropic gives 20: those who never ask for a second page
 * see all.
 */
export function pageOf(models: readonly ModelInfo[], query: unknown): ModelPage | ErrorInfo {
  const { limit: given, after_id: after, before_id: before } = (query ?? {}) as Readonly<Record<string, unknown>>;
  const limit = given === undefined ? most : Number(given);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    return queryInvalid('limit', `must be a whole number from 1 to ${most}.`);
  }
  const placeOf = (id: unknown): number => models.findIndex((model) => model.id === id);
  if (after !== undefined && placeOf(after) < 0) return queryInvalid('after_id', 'names no model of this list.');
  if (before !== undefined && placeOf(before) < 0) return queryInvalid('before_id', 'names no model of this list.');
  const start = after === undefined ? 0 : placeOf(after) + 1;
  const end = before === undefined ? models.length : placeOf(before);
  const asked = models.slice(start, Math.max(start, end));
  const isBackwards = before !== undefined && after === undefined;
  return {
    models: isBackwards ? asked.slice(-limit) : asked.slice(0, limit),
    hasMore: asked.length > limit,
  };
}
