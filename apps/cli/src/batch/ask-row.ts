import type { JsonObject, QueryOptions, QueryResult, Router } from '@hotpath/runtime';
import { describeError } from '../errors.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Outcome } from './outcome.ts';
import type { Question } from './question.ts';

export interface AskSettings {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly cache: 'use' | 'off';
  /** When the answers must be there, epoch milliseconds; undefined: at once. */
  readonly deadlineAt: number | undefined;
  readonly schema: JsonObject | undefined;
  readonly readAnswer: AnswerReader;
}

/** What asking came to: an outcome to keep, nothing because it was aborted, or a failure of the whole job. */
export type Asked =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'halted'; readonly code: string; readonly message: string };

export type AskRow = (
  question: Question,
  options: {
    readonly signal: AbortSignal;
    readonly onLane: (lane: 'batch' | 'live') => void;
    /** Whether an answer in the cache was found unfit. */
    readonly isAgain: boolean;
    /** Whether it is asked at once, whatever deadline there is. */
    readonly isLive: boolean;
  },
) => Promise<Asked>;

/** Failures that have nothing to do with the row: a key, an account, a model. */
const isOfTheJob = (error: unknown): boolean => {
  const { code, status } = error as { readonly code?: unknown; readonly status?: unknown };
  return (
    code === 'ROUTER_MODEL_UNKNOWN' ||
    code === 'ROUTER_MODEL_AMBIGUOUS' ||
    (code === 'ROUTER_UPSTREAM_STATUS' && (status === 401 || status === 402))
  );
};

const outcomeOf = (result: QueryResult, readAnswer: AnswerReader): Outcome => {
  const { provider, model, usage, costUsd, cache, lane, finishReason, text } = result;
  const about = {
    model: `${provider}/${model}`,
    ...(usage !== undefined && { usage }),
    ...(costUsd !== undefined && { costUsd }),
    cache,
    ...(lane !== undefined && { lane }),
    ...(finishReason !== 'stop' && { finishReason }),
  };
  try {
    return { answer: readAnswer(text), ...about };
  } catch (error) {
    return { error: describeError(error), ...about };
  }
};

/** Asks a row; never rejects. `now`: epoch milliseconds. */
export const createAskRow = (
  router: Pick<Router, 'query'>,
  { model, maxTokens, temperature, cache, deadlineAt, schema, readAnswer }: AskSettings,
  now: () => number = Date.now,
): AskRow => {
  const common: QueryOptions = {
    model,
    cache,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(schema !== undefined && { responseFormat: { type: 'json-schema', name: 'answer', schema } }),
  };
  return async ({ prompt, system }, { signal, onLane, isAgain, isLive }) => {
    try {
      const result = await router.query({
        ...common,
        prompt,
        ...(system !== undefined && { system }),
        ...(deadlineAt !== undefined && !isLive && { deadlineMs: Math.max(0, deadlineAt - now()), onLane }),
        ...(isAgain && cache === 'use' && { cache: 'refresh' }),
        signal,
      });
      return { kind: 'settled', outcome: outcomeOf(result, readAnswer) };
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' };
      const { code, message } = describeError(error);
      return isOfTheJob(error)
        ? { kind: 'halted', code, message }
        : { kind: 'settled', outcome: { error: { code, message } } };
    }
  };
};
