import type { QueryResult } from '@hotpath/runtime';

/** What a row came to. */
export type Outcome = Answered | Failed;

export interface Answered {
  /** A text, or a JSON value where a schema was given. */
  readonly answer: unknown;
  /** `provider/model`. */
  readonly model: string;
  readonly usage?: QueryResult['usage'];
  /** US dollars; absent for a model without a price. */
  readonly costUsd?: number;
  readonly cache: QueryResult['cache'];
  readonly lane?: 'batch' | 'live';
  /** Where it is not the model's own end: `length` is an answer that was cut. */
  readonly finishReason?: QueryResult['finishReason'];
}

/** What was paid stands beside the error where the answer did come, and was not what was wanted. */
export interface Failed extends Partial<Omit<Answered, 'answer'>> {
  readonly error: { readonly code: string; readonly message: string };
}

export const isFailed = (outcome: Outcome): outcome is Failed => 'error' in outcome;
