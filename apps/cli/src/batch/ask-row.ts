import { setTimeout } from 'node:timers/promises';
import type { JsonObject, QueryOptions, QueryResult, Router, RouterError } from '@hotpath/runtime';
import { describeError } from '../errors.ts';
import { roundUsd } from '../figures.ts';
import { explainError } from '../next-step.ts';
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

/**
 * What asking came to: an outcome to keep, nothing because it was given up, or a failure of the whole job. `paidUsd`: what calls
 * that brought nothing are billed all the same, US dollars, as far as that is known.
 */
export type Asked =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'aborted'; readonly paidUsd?: number }
  | { readonly kind: 'halted'; readonly code: string; readonly message: string; readonly paidUsd?: number };

export type AskRow = (
  question: Question,
  options: {
    /** Gives up the call. */
    readonly signal: AbortSignal;
    /** Gives up a row that waits to be asked again. */
    readonly impatient: AbortSignal;
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

/** `paidUsd`: for the calls before it. */
const outcomeOf = (result: QueryResult, readAnswer: AnswerReader, paidUsd: number): Outcome => {
  const { provider, model, usage, costUsd, cache, lane, finishReason, text } = result;
  const about = {
    model: `${provider}/${model}`,
    ...(usage !== undefined && { usage }),
    ...(costUsd !== undefined && { costUsd: roundUsd(costUsd + paidUsd) }),
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

export interface AskTiming {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after a time; rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

const machineTiming: AskTiming = {
  now: Date.now,
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
  random: Math.random,
};

/** After a failure that may pass a row is asked again so often, beyond what the router does. */
const mostRetries = 3;
const firstWaitMs = 1_000;
const leastWaitMs = 100;
const longestWaitMs = 60_000;

/** How long to wait before a row is asked again; undefined where that is of no use. */
const waitMsFor = (error: unknown, retries: number, random: () => number): number | undefined => {
  const { isRetryable, retryAfterMs = Number.NaN } = error as Partial<RouterError>;
  if (isRetryable !== true || retries >= mostRetries) return undefined;
  const backoffMs = firstWaitMs * 4 ** retries * (0.5 + random());
  return Math.min(longestWaitMs, Number.isFinite(retryAfterMs) ? Math.max(leastWaitMs, retryAfterMs) : backoffMs);
};

/**
 * Asks a row; never rejects. A row that waits to be asked again keeps its place among those under way, so that a provider
 * which is short of room is asked less.
 */
export const createAskRow = (
  router: Pick<Router, 'query'>,
  { model, maxTokens, temperature, cache, deadlineAt, schema, readAnswer }: AskSettings,
  { now, wait, random }: AskTiming = machineTiming,
): AskRow => {
  const common: QueryOptions = {
    model,
    cache,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(schema !== undefined && { responseFormat: { type: 'json-schema', name: 'answer', schema } }),
  };
  return async ({ prompt, system }, { signal, impatient, onLane, isAgain, isLive }) => {
    let paidUsd = 0;
    const paid = () => (paidUsd > 0 ? { paidUsd: roundUsd(paidUsd) } : {});
    for (let retries = 0; ; ) {
      try {
        const result = await router.query({
          ...common,
          prompt,
          ...(system !== undefined && { system }),
          ...(deadlineAt !== undefined && !isLive && { deadlineMs: Math.max(0, deadlineAt - now()), onLane }),
          ...(isAgain && cache === 'use' && { cache: 'refresh' }),
          signal,
        });
        return { kind: 'settled', outcome: outcomeOf(result, readAnswer, paidUsd) };
      } catch (error) {
        paidUsd += (error as Partial<RouterError>).costUsd ?? 0;
        if (signal.aborted) return { kind: 'aborted', ...paid() };
        const { code, message } = describeError(error);
        if (isOfTheJob(error)) return { kind: 'halted', ...explainError(error), ...paid() };
        const waitMs = waitMsFor(error, retries, random);
        if (waitMs === undefined) {
          const { paidUsd: costUsd } = paid();
          return { kind: 'settled', outcome: { error: { code, message }, ...(costUsd !== undefined && { costUsd }) } };
        }
        // Limits of our own always pass.
        if (code !== 'ROUTER_LIMITED') retries += 1;
        try {
          await wait(waitMs, AbortSignal.any([signal, impatient]));
        } catch {
          return { kind: 'aborted', ...paid() };
        }
      }
    }
  };
};
