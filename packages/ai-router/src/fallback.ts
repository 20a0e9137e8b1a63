import { aborted, allFailed, RouterError, requestInvalid } from './errors.ts';
import type { QueryOptions, QueryResult } from './query.ts';

export interface FallbackOptions extends Omit<QueryOptions, 'model' | 'fallbacks' | 'race'> {
  /** Where to ask, best first; names as `QueryOptions.model` takes them. */
  readonly models: readonly string[];
  /** `ordered`: one after another. `race`: all at once, the first success wins and the others are cancelled. @default "ordered" */
  readonly mode?: 'ordered' | 'race';
}

type Ask = (options: QueryOptions) => Promise<QueryResult>;

/**
 * Asks several models until one answers. What is wrong with the request itself (400, 413, 422, a content filter) is not
 * carried on to the next. Rejects with `ROUTER_ALL_FAILED`, each model's error in `cause.errors`.
 */
export async function queryWithFallback(ask: Ask, options: FallbackOptions): Promise<QueryResult> {
  const { models, mode = 'ordered', ...rest } = options;
  if (models.length === 0) throw requestInvalid('"models" must name at least one model.', 'models');
  return mode === 'race' ? race(ask, models, rest) : inOrder(ask, models, rest);
}

async function inOrder(ask: Ask, models: readonly string[], options: QueryOptions): Promise<QueryResult> {
  const errors: unknown[] = [];
  for (const model of models) {
    try {
      return await ask({ ...options, model });
    } catch (error) {
      if (!worthTryingElsewhere(error)) throw error;
      errors.push(error);
    }
  }
  throw allFailed(models, errors);
}

async function race(ask: Ask, models: readonly string[], options: QueryOptions): Promise<QueryResult> {
  const decided = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, decided.signal]) : decided.signal;
  try {
    return await Promise.any(models.map((model) => ask({ ...options, model, signal })));
  } catch (error) {
    if (options.signal?.aborted) throw aborted(options.signal.reason);
    throw allFailed(models, (error as AggregateError).errors);
  } finally {
    decided.abort();
  }
}

/** Another provider may well know the model, have quota or be up; it will not like a bad request any better. */
function worthTryingElsewhere(error: unknown): boolean {
  if (!RouterError.isInstance(error)) return false;
  return error.isRetryable || [401, 403, 404].includes(error.status);
}
