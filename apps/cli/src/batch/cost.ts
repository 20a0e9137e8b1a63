import type { Hotpath } from '@hotpath/runtime';
import type { Question } from './question.ts';

/** Tokens of an answer to a request without a limit, as the gateway reserves them. */
const usualOutputTokens = 1_000;
/** So many answers say more of the next one than a guess. */
const enoughAnswers = 20;

export interface RowEstimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, by the dearest model that may answer; absent where none has a price. */
  readonly costUsd?: number;
}

/** What rows may cost. */
export interface Estimator {
  estimate(question: Question): RowEstimate;
  /** An answer had so many tokens: what it has taught holds for the rows after it. */
  learn(outputTokens: number): void;
}

export interface EstimatorOptions {
  readonly prices: Hotpath['prices'];
  /** Models that may answer, as `provider/model`. */
  readonly targets: readonly string[];
  readonly maxTokens: number | undefined;
  /** Whether it is the price of a batch. */
  readonly isEconomy: boolean;
  readonly runtime: Pick<typeof import('@hotpath/runtime'), 'costOf' | 'estimateInputTokens'>;
}

export const createEstimator = ({ prices, targets, maxTokens, isEconomy, runtime }: EstimatorOptions): Estimator => {
  const { costOf, estimateInputTokens } = runtime;
  const models = targets.map((target) => {
    const slash = target.indexOf('/');
    return { provider: target.slice(0, Math.max(0, slash)), model: target.slice(slash + 1) };
  });
  let answers = 0;
  let tokens = 0;

  const outputTokens = (): number => {
    const usual = answers < enoughAnswers ? usualOutputTokens : Math.ceil(tokens / answers);
    return maxTokens === undefined ? usual : answers < enoughAnswers ? maxTokens : Math.min(usual, maxTokens);
  };

  return {
    estimate: ({ prompt, system }) => {
      const messages = [...(system === undefined ? [] : [system]), prompt].map((content) => ({
        role: 'user',
        content,
      }));
      const usage = {
        inputTokens: estimateInputTokens('openai-chat', { messages }),
        outputTokens: outputTokens(),
      };
      const costs = models.flatMap(
        ({ provider, model }) => costOf(prices, model, usage, { provider, batch: isEconomy }) ?? [],
      );
      return { ...usage, ...(costs.length > 0 && { costUsd: Math.max(...costs) }) };
    },
    learn: (outputTokensOfOne) => {
      answers += 1;
      tokens += outputTokensOfOne;
    },
  };
};
