import type { ContributionKind } from './contributions.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly plugin: string;
  readonly path: string;
  readonly url: string;
}

export interface SentError {
  readonly message: string;
  readonly name: string;
  readonly code?: string;
  readonly stack?: string;
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
  | {
      readonly type: 'call';
      readonly id: number;
      readonly kind: ContributionKind;
      readonly name: string;
      /** `undefined` calls the contribution itself. */
      readonly method: string | undefined;
      readonly args: readonly unknown[];
    }
  | { readonly type: 'abort'; readonly signal: number };

export type FromWorker =
  | { readonly type: 'imported' }
  | { readonly type: 'import-failed'; readonly error: SentError }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError };

export const sendError = (error: unknown): SentError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
  };
};

export const receiveError = ({ name, message, code, stack }: SentError): Error => {
  const error = Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
  if (stack !== undefined) error.stack = stack;
  return error;
};

const signalKey = 'hotpath:signal';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Replaces each argument, and each property of an argument, that `replace` knows. */
const mapArguments = (args: readonly unknown[], replace: (value: unknown) => unknown): unknown[] =>
  args.map((value) => {
    const replaced = replace(value);
    if (replaced !== value || !isObject(value)) return replaced;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replace(each)]));
  });

/** Signals cannot be sent: each becomes a number, as arguments and as properties of them (`{ signal }`). */
export const sendSignals = (args: readonly unknown[], numberOf: (signal: AbortSignal) => number): unknown[] =>
  mapArguments(args, (value) => (value instanceof AbortSignal ? { [signalKey]: numberOf(value) } : value));

export const receiveSignals = (args: readonly unknown[], signalOf: (number: number) => AbortSignal): unknown[] =>
  mapArguments(args, (value) => {
    const number = isObject(value) ? value[signalKey] : undefined;
    return typeof number === 'number' ? signalOf(number) : value;
  });
