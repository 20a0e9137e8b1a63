import type { JsonObject, QueryOptions, QueryResult, Router, RouterError } from '@hotpath/runtime';
import type { GoAheadOptions, ItemResult, ItemTask } from '@hotpath/runtime/items';
import { describeError } from '../errors.ts';
import { roundUsd } from '../figures.ts';
import type { AnswerReader } from './answer-reader.ts';
import { isFailed, type Outcome } from './outcome.ts';
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

/** How rows are asked, and what their failures mean. */
export type AskRow = Required<
  Pick<GoAheadOptions<Question>, 'work' | 'retryDelay' | 'isCounted' | 'isFatal' | 'failureOf'>
>;

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
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** After a failure that may pass a row is asked again so often, beyond what the router does. */
const mostRetries = 3;
const firstWaitMs = 1_000;
const leastWaitMs = 100;
const longestWaitMs = 60_000;

/** How long to wait before a row is asked again; undefined where that is of no use. */
const waitMsFor = (error: unknown, failures: number, random: () => number): number | undefined => {
  const { isRetryable, retryAfterMs = Number.NaN } = error as Partial<RouterError>;
  if (isRetryable !== true || failures > mostRetries) return undefined;
  const backoffMs = firstWaitMs * 4 ** (failures - 1) * (0.5 + random());
  return Math.min(longestWaitMs, Number.isFinite(retryAfterMs) ? Math.max(leastWaitMs, retryAfterMs) : backoffMs);
};

/** A row that no batch has taken, while so many are asked live already. */
class TurnedAway extends Error {
  readonly costUsd: number | undefined;

  constructor({ costUsd }: Partial<RouterError>) {
    super('no batch has taken it');
    this.costUsd = costUsd;
  }
}

/** A row whose earlier answer was unfit: the same answer is in the cache. */
const isAgain = ({ previous }: ItemTask): boolean => {
  const before = previous as Outcome | undefined;
  return before !== undefined && isFailed(before) && before.cache !== undefined;
};

/** Asks rows. One that waits for a batch gives its place to others, and one that no batch has taken waits to be asked live. */
export const createAskRow = (
  router: Pick<Router, 'query'>,
  { model, maxTokens, temperature, cache, deadlineAt, schema, readAnswer }: AskSettings,
  { now, random }: AskTiming = { now: Date.now, random: Math.random },
): AskRow => {
  const common: QueryOptions = {
    model,
    cache,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(schema !== undefined && { responseFormat: { type: 'json-schema', name: 'answer', schema } }),
  };
  const live = new WeakSet<Question>();

  const ask = (question: Question, task: ItemTask, more: Partial<QueryOptions>): Promise<QueryResult> =>
    router.query({
      ...common,
      prompt: question.prompt,
      ...(question.system !== undefined && { system: question.system }),
      ...(isAgain(task) && cache === 'use' && { cache: 'refresh' }),
      signal: task.signal,
      ...more,
    });
  const askInTime = async (question: Question, task: ItemTask, atMs: number): Promise<QueryResult> => {
    const turningAway = new AbortController();
    // All of a batch that was refused come at once.
    const onLane = (lane: 'batch' | 'live'): void => {
      if (lane === 'batch') task.park();
      else if (!task.unpark()) turningAway.abort();
    };
    const signal = AbortSignal.any([task.signal, turningAway.signal]);
    try {
      return await ask(question, task, { deadlineMs: Math.max(0, atMs - now()), onLane, signal });
    } catch (error) {
      if (!turningAway.signal.aborted || task.signal.aborted) throw error;
      live.add(question);
      throw new TurnedAway(error as Partial<RouterError>);
    }
  };

  return {
    work: async (question, task): Promise<ItemResult> => {
      const isLive = deadlineAt === undefined || live.has(question);
      const result = await (isLive ? ask(question, task, {}) : askInTime(question, task, deadlineAt));
      const output = outcomeOf(result, readAnswer, task.paidUsd);
      return { output, costUsd: result.costUsd, isFailed: isFailed(output) };
    },
    retryDelay: (error, failures) => (error instanceof TurnedAway ? 0 : waitMsFor(error, failures, random)),
    // Limits of our own always pass.
    isCounted: (error) => !(error instanceof TurnedAway) && (error as { code?: unknown }).code !== 'ROUTER_LIMITED',
    isFatal: isOfTheJob,
    failureOf: (error, paidUsd): Outcome => {
      const { code, message } = describeError(error);
      return { error: { code, message }, ...(paidUsd > 0 && { costUsd: roundUsd(paidUsd) }) };
    },
  };
};
