import type { Fault } from './faults.ts';

/** How an upstream answers where no fault is asked for. */
export interface Knobs {
  /** Tokens of an answer; a request's own limit (`max_tokens`) can only lower it. */
  readonly tokens: number;
  /** From the request's last byte until the first token, or until a whole answer. The head of a stream goes out at once. */
  readonly firstTokenMs: number;
  /** Between two tokens of a stream. */
  readonly betweenTokensMs: number;
  /** Bytes that the answer's text is filled up to; 0 leaves it as the tokens make it. */
  readonly answerBytes: number;
  /**
   * The answer's text, instead of one derived from the prompt. Handed its beginning, as the last message or before the
   * user's last one, a model goes on from there.
   */
  readonly text?: string;
  /** How many of the prompt's tokens are reported as read from the provider's prompt cache. */
  readonly cachedTokens: number;
  /** Whether a request without a key is refused, as the real services do. */
  readonly requireKey: boolean;
  /** Whether a request that ends with an assistant message is refused, as newer models do. */
  readonly rejectPrefill: boolean;
  /** Chooses the fault of each request that asks for none and finds none injected. */
  readonly chooseFault?: () => Fault | undefined;
  /** How often the status of a batch says that it runs; Infinity until `finishBatches`. */
  readonly batchPolls: number;
  /** How batches end. */
  readonly batchOutcome: 'answered' | 'expired' | 'failed' | 'cancelled';
  /** Chooses the requests of batches that fail. */
  readonly failItem?: (body: Readonly<Record<string, unknown>>) => boolean;
  /** So many lists of batches are empty, as those of a service that is behind. */
  readonly batchListLag: number;
  /** What `GET /v1/models` lists. Requests may name any model all the same. */
  readonly models: readonly string[];
}

export const defaultKnobs: Knobs = {
  tokens: 12,
  firstTokenMs: 0,
  betweenTokensMs: 0,
  answerBytes: 0,
  cachedTokens: 0,
  requireKey: true,
  rejectPrefill: false,
  batchPolls: 0,
  batchOutcome: 'answered',
  batchListLag: 0,
  models: ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
};
