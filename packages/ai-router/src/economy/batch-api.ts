import type { Protocol } from '../wire-format.ts';

/** One request of a batch. */
export interface BatchRequest {
  /** Unique within the account; letters, digits, `-` and `_`, at most 64. */
  readonly customId: string;
  /** JSON of the request, on one line. */
  readonly body: string;
}

/** Requests that go to a provider together. */
export interface BatchSubmission {
  /** Ours, chosen before anything is sent: by it the batch is found again. */
  readonly id: string;
  readonly protocol: Protocol;
  /** End-to-end headers that the clients of all of its requests sent alike. */
  readonly headers: Readonly<Record<string, string>>;
  readonly items: readonly BatchRequest[];
}

/** What a provider must be asked for to tell whether a submission arrived. */
export interface SoughtSubmission {
  readonly id: string;
  readonly protocol: Protocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly customIds: ReadonlySet<string>;
  /** When it was sent, epoch milliseconds. */
  readonly sentAt: number;
  /** Whether a batch is known already, and so surely not this one. */
  readonly isKnown: (batchId: string) => boolean;
}

/** `unsure`: there are batches that may be it, and the provider does not say yet. Ask again later. */
export type FoundBatch = { readonly batchId: string } | 'none' | 'unsure';

/** `ended`: there are results, for all or some of its requests. `failed`: there are none. `gone`: nobody knows it. */
export type BatchState = 'running' | 'ended' | 'failed' | 'gone';

export interface BatchStatus {
  readonly state: BatchState;
  /** Why it failed, where the provider says so. */
  readonly reason?: string;
}

/** What became of one request: an answer under status 200, or why there is none. */
export type BatchResult = { readonly customId: string } & (
  | { readonly outcome: 'answered'; readonly body: string }
  | { readonly outcome: 'failed'; readonly reason: string }
);

/**
 * A provider's batch API. Every method rejects with a `RouterError`; of `submit`, one whose status is a refusal says that the
 * batch surely does not exist, any other leaves it in doubt.
 */
export interface BatchApi {
  /** Tells credentials apart without showing them: what one has submitted another does not see. */
  readonly account: string;
  /** What may be in a batch. */
  readonly protocols: readonly Protocol[];
  /** Most requests of one batch. */
  readonly maxRequests: number;
  /** Most bytes of one batch. */
  readonly maxBytes: number;
  /** Whether all requests of a batch must name the same model. */
  readonly oneModel: boolean;
  /** Resolves with the provider's id of the batch. */
  submit(submission: BatchSubmission, signal: AbortSignal): Promise<string>;
  status(batchId: string, signal: AbortSignal): Promise<BatchStatus>;
  /** Tells the results one by one, in any order. Those of requests that it leaves out are not there. */
  results(batchId: string, onResult: (result: BatchResult) => void, signal: AbortSignal): Promise<void>;
  find(sought: SoughtSubmission, signal: AbortSignal): Promise<FoundBatch>;
  /** Stops what has not been answered yet. */
  cancel(batchId: string, signal: AbortSignal): Promise<void>;
}
