import type { ContributionKind } from './contributions.ts';
import type { SentError } from './sent-error.ts';
import type { SentArguments } from './worker-arguments.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly plugin: string;
  readonly path: string;
  readonly url: string;
}

/** A contribution as it can cross between threads: data, and the names of what can be called. */
export interface SentContribution {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly isFunction: boolean;
  readonly methods: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

export type ToWorker =
  | { readonly type: 'activate'; readonly id: number; readonly context: object }
  | { readonly type: 'deactivate'; readonly id: number }
  | ({
      readonly type: 'call';
      readonly id: number;
      readonly kind: ContributionKind;
      readonly name: string;
      /** `undefined` calls the contribution itself. */
      readonly method: string | undefined;
    } & SentArguments)
  /** `number` is the place among what was handed over with call `id`. */
  | { readonly type: 'abort'; readonly id: number; readonly number: number; readonly reason: SentError }
  | { readonly type: 'answer'; readonly question: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly question: number; readonly error: SentError };

export type FromWorker =
  | { readonly type: 'imported' }
  | { readonly type: 'import-failed'; readonly error: SentError }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError }
  /** There is a result, which cannot be copied. */
  | { readonly type: 'result-unsent'; readonly id: number; readonly error: SentError }
  /** Calls the function that was handed over with call `id` as `number`. */
  | {
      readonly type: 'question';
      readonly question: number;
      readonly id: number;
      readonly number: number;
      readonly args: readonly unknown[];
    };
