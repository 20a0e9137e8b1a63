import type { ErrorInfo } from './wire-format.ts';

/** Stable codes of everything that `@hotpath/ai-router` throws or reports. */
export type RouterErrorCode =
  | 'ROUTER_REQUEST_INVALID'
  | 'ROUTER_FIELD_UNSUPPORTED'
  | 'ROUTER_OPERATION_UNSUPPORTED'
  | 'ROUTER_MODEL_UNKNOWN'
  | 'ROUTER_MODEL_AMBIGUOUS'
  | 'ROUTER_UPSTREAM_STATUS'
  | 'ROUTER_UPSTREAM_UNREACHABLE'
  | 'ROUTER_UPSTREAM_CUT'
  | 'ROUTER_UPSTREAM_TIMEOUT'
  | 'ROUTER_ANSWER_INVALID'
  | 'ROUTER_ANSWER_TOO_LARGE'
  | 'ROUTER_ANSWER_REJECTED'
  | 'ROUTER_LIMITED'
  | 'ROUTER_ALL_FAILED'
  | 'ROUTER_JOURNAL_UNUSABLE'
  | 'ROUTER_NODE_TOO_OLD'
  | 'ROUTER_INTERNAL'
  | 'ROUTER_ABORTED'
  | 'ROUTER_CLOSED';

export interface RouterErrorFields {
  /** HTTP status to answer with. */
  readonly status: number;
  /** Whether the same call may succeed when made again. */
  readonly isRetryable?: boolean;
  readonly provider?: string;
  readonly model?: string;
  /** The request's field at fault. */
  readonly param?: string;
  /** The provider's own error type, where it told one. */
  readonly type?: string;
  /** The provider's own error code, where it told one. */
  readonly reason?: string;
  /** How long the provider asked us to wait, milliseconds. */
  readonly retryAfterMs?: number;
  /** What the provider itself says about another try (`x-should-retry`). */
  readonly shouldRetry?: boolean;
  /** Which limit ran out, for `ROUTER_UPSTREAM_TIMEOUT`. */
  readonly phase?: 'connect' | 'first-token' | 'idle' | 'total';
  /** What the failed or aborted calls are billed, US dollars, where something is known of it. */
  readonly costUsd?: number;
  /** The part of it that is an estimate, US dollars. */
  readonly estimatedUsd?: number;
  readonly cause?: unknown;
}

const brand = Symbol.for('hotpath.ai-router.error');

/** Every failure of the router. Recognise it by `code`, or by `RouterError.isInstance` across copies of the package. */
export class RouterError extends Error {
  override readonly name: string = 'RouterError';
  readonly code: RouterErrorCode;
  readonly status: number;
  readonly isRetryable: boolean;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly param: string | undefined;
  readonly type: string | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly phase: RouterErrorFields['phase'];
  readonly costUsd: number | undefined;
  readonly estimatedUsd: number | undefined;
  readonly [brand] = true;

  constructor(code: RouterErrorCode, message: string, fields: RouterErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.status = fields.status;
    this.isRetryable = fields.isRetryable ?? false;
    this.provider = fields.provider;
    this.model = fields.model;
    this.param = fields.param;
    this.type = fields.type;
    this.reason = fields.reason;
    this.retryAfterMs = fields.retryAfterMs;
    this.shouldRetry = fields.shouldRetry;
    this.phase = fields.phase;
    this.costUsd = fields.costUsd;
    this.estimatedUsd = fields.estimatedUsd;
  }

  static isInstance(error: unknown): error is RouterError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

export const requestInvalid = (message: string, param?: string): RouterError =>
  new RouterError('ROUTER_REQUEST_INVALID', message, { status: 400, ...(param !== undefined && { param }) });

/** What was thrown while a request was read, as the router tells it. */
export const asRouterError = (error: unknown): RouterError =>
  RouterError.isInstance(error)
    ? error
    : requestInvalid(`The request could not be read: ${error instanceof Error ? error.message : String(error)}`);

/** For what a request refers to and OpenAI keeps: whoever else answers cannot look it up. */
export const keptAtOpenai = (param: string, what: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" refers to ${what} that OpenAI keeps, and this model's provider cannot look it up. Send the earlier items themselves in "input", as SDKs do with "store": false, or choose a model whose provider speaks openai-responses.`,
    { status: 400, param },
  );

/** For what a request says that no other protocol's request can carry yet. */
export const fieldUnsupported = (param: string, protocol: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" cannot be translated from ${protocol} to the protocol of this model's provider. Leave it out, or choose a model whose provider speaks ${protocol}.`,
    { status: 400, param },
  );

/** For a request that nobody else could be answered beside while it is translated. */
export const tooMuchToTranslate = (param: string, most: number, protocol: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" holds too much: at most ${most} messages, parts of them and tools are translated to the protocol of this model's provider. Send fewer, or choose a model whose provider speaks ${protocol}, which is sent them as they are.`,
    { status: 400, param },
  );

/** For a protocol that is passed on as it is, where somebody tries to translate it. */
export const operationUntranslated = (protocol: string): RouterError =>
  new RouterError(
    'ROUTER_OPERATION_UNSUPPORTED',
    `${protocol} cannot be translated from or to another protocol. Choose a model whose provider speaks it.`,
    { status: 400, param: 'model' },
  );

/** None of those who answer for a name makes embeddings. */
export const embeddingsUnsupported = (models: readonly string[]): RouterError =>
  new RouterError(
    'ROUTER_OPERATION_UNSUPPORTED',
    `${shown(models)} cannot be asked for embeddings: its provider does not speak OpenAI's embeddings. Name a model of one that does, such as openai/text-embedding-3-small.`,
    { status: 400, param: 'model' },
  );

export const answerInvalid = (message: string, cause?: unknown): RouterError =>
  new RouterError('ROUTER_ANSWER_INVALID', message, { status: 502, isRetryable: true, cause });

export const upstreamUnreachable = (provider: string, cause: unknown): RouterError =>
  new RouterError(
    'ROUTER_UPSTREAM_UNREACHABLE',
    `${provider} could not be reached${reason(cause)}. Check its base URL and the network, then try again.`,
    { status: 502, isRetryable: true, provider, cause },
  );

/** The connection broke, or the bytes ended, before the answer was whole. */
export const upstreamClosed = (provider: string, cause?: unknown): RouterError =>
  new RouterError(
    'ROUTER_UPSTREAM_CUT',
    `${provider} ended its answer before it was complete${reason(cause)}. What arrived is not the whole answer: try again.`,
    { status: 502, isRetryable: true, provider, cause },
  );

const limitNames = { connect: 'connect', 'first-token': 'send a first token', idle: 'go on', total: 'finish' };

export const upstreamTimeout = (
  provider: string,
  phase: NonNullable<RouterErrorFields['phase']>,
  ms: number,
): RouterError =>
  new RouterError(
    'ROUTER_UPSTREAM_TIMEOUT',
    `${provider} did not ${limitNames[phase]} within ${ms} ms. Try again, or raise its "${phase}" timeout.`,
    { status: 504, isRetryable: true, provider, phase },
  );

const reason = (cause: unknown): string => {
  if (typeof cause !== 'object' || cause === null) return '';
  const { code, message } = cause as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && code) return ` (${code})`;
  return typeof message === 'string' && message ? ` (${message})` : '';
};

const shown = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

export const modelUnknown = (model: string, known: readonly string[]): RouterError =>
  new RouterError(
    'ROUTER_MODEL_UNKNOWN',
    `No provider has the model "${model.slice(0, 200)}". ${known.length > 0 ? `Choose one of: ${shown(known)}.` : 'No provider lists any model: check their keys and base URLs.'}`,
    { status: 404, param: 'model', model },
  );

/** `isListed`: they have it by their lists or by its looks; else they are those that could not be asked. */
export const modelAmbiguous = (model: string, choices: readonly string[], isListed: boolean): RouterError =>
  new RouterError(
    'ROUTER_MODEL_AMBIGUOUS',
    isListed
      ? `Several providers have the model "${model}". Say which: ${shown(choices)}.`
      : `No provider is known to have the model "${model.slice(0, 200)}", and some could not say. Correct the name, or say which: ${shown(choices)}.`,
    { status: 400, param: 'model', model },
  );

export const answerTooLarge = (provider: string, maxBytes: number): RouterError =>
  new RouterError(
    'ROUTER_ANSWER_TOO_LARGE',
    `${provider} sent an answer of more than ${maxBytes} bytes. Ask for less, stream it, or raise "maxAnswerBytes".`,
    { status: 502, provider },
  );

export const routerClosed = (): RouterError =>
  new RouterError('ROUTER_CLOSED', 'The router is closed. Create another one to go on.', { status: 503 });

export const aborted = (cause?: unknown, cost: Pick<RouterErrorFields, 'costUsd' | 'estimatedUsd'> = {}): RouterError =>
  new RouterError('ROUTER_ABORTED', 'The call was aborted by its caller.', { status: 499, cause, ...cost });

/** The same error with what was billed for the calls that failed. */
export function withCost(error: RouterError, cost: Pick<RouterErrorFields, 'costUsd' | 'estimatedUsd'>): RouterError {
  if (cost.costUsd === undefined) return error;
  const { code, message, cause, status, isRetryable } = error;
  const priced = new RouterError(code, message, { ...told(error), status, isRetryable, cause, ...cost });
  if (error.stack !== undefined) priced.stack = error.stack;
  return priced;
}

const told = (error: RouterError): Partial<RouterErrorFields> => {
  const { provider, model, param, type, reason, retryAfterMs, shouldRetry, phase } = error;
  const fields = { provider, model, param, type, reason, retryAfterMs, shouldRetry, phase };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
};

/** A provider's own refusal. 408, 409, 425, 429 and everything from 500 may succeed when made again. */
export const upstreamRefused = (
  provider: string,
  error: ErrorInfo,
  told: Pick<RouterErrorFields, 'retryAfterMs' | 'shouldRetry'> = {},
): RouterError =>
  new RouterError('ROUTER_UPSTREAM_STATUS', `${provider} answered ${error.status}: ${error.message}`, {
    status: error.status,
    isRetryable: error.status >= 500 || [408, 409, 425, 429].includes(error.status),
    provider,
    type: error.type,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.code !== undefined && { reason: error.code }),
    ...told,
  });

export const allFailed = (models: readonly string[], errors: readonly unknown[]): RouterError =>
  new RouterError(
    'ROUTER_ALL_FAILED',
    `None of ${models.join(', ')} answered: ${errors.map((error) => (error instanceof Error ? error.message : String(error))).join(' ')}`,
    { status: 502, isRetryable: true, cause: new AggregateError(errors) },
  );

/** For a status that is neither an answer nor an error: a redirect, one without a body, or none at all. */
export const notAnAnswer = (status: number) => ({
  status: 502,
  type: 'api_error',
  code: 'ROUTER_ANSWER_INVALID' as const,
  message: `The provider answered with status ${status}, which is no answer of its API. Check its base URL.`,
});

export const internal = (cause: unknown): RouterError =>
  new RouterError('ROUTER_INTERNAL', `The router failed${reason(cause)}. Try again; if it stays, report it.`, {
    status: 500,
    cause,
  });

/** The economy lane cannot keep its promises without its journal: requests are asked live. */
export const journalUnusable = (path: string, cause: unknown): RouterError =>
  new RouterError(
    'ROUTER_JOURNAL_UNUSABLE',
    `The journal of the economy lane, ${path}, cannot be used (${cause instanceof Error ? cause.message : String(cause)}). Requests with a deadline are asked live. Make the file writable, move it away, or switch the lane off.`,
    { status: 500, cause },
  );

/** The HTTP client does not load without what Node has since 22.15, and fails in words that help nobody. */
export const nodeTooOld = (provider: string): RouterError =>
  new RouterError(
    'ROUTER_NODE_TOO_OLD',
    `${provider} is asked over HTTP, which needs Node.js 22.18 or newer, and this is ${process.version}. Install a newer one from https://nodejs.org.`,
    { status: 500, provider },
  );

export const readTooSlowly = (maxBytes: number): RouterError =>
  new RouterError(
    'ROUTER_ANSWER_TOO_LARGE',
    `This answer is larger than ${maxBytes} bytes and is shared with others who read it faster. Ask again, or raise "maxAnswerBytes".`,
    { status: 502, isRetryable: true },
  );

export const listTooSlow = (provider: string, ms: number): RouterError =>
  new RouterError('ROUTER_UPSTREAM_TIMEOUT', `${provider} did not list its models within ${ms} ms. Try again.`, {
    status: 504,
    isRetryable: true,
    provider,
    phase: 'total',
  });

/** A check of the route did not accept the answer. */
export const answerRejected = (why: string): RouterError =>
  new RouterError('ROUTER_ANSWER_REJECTED', `The answer was not accepted: ${why}. Ask again, or loosen the check.`, {
    status: 502,
    isRetryable: true,
    cause: why,
  });

/** A failure that need not have been one: there is an answer, which the route's check did not accept. */
export const answerWithheld = (failure: RouterError, model: string, why: string): RouterError =>
  new RouterError(
    failure.code,
    `${failure.message} An answer of ${model} was there before, but was not accepted: ${why}. Loosen the check, or set "onExhausted" of the route to "answer" to get such an answer rather than none.`,
    { ...fieldsOf(failure), cause: failure },
  );

const fieldsOf = ({ status, isRetryable, provider, model, param, type, reason, retryAfterMs }: RouterError) => ({
  ...{ status, isRetryable },
  ...(provider !== undefined && { provider }),
  ...(model !== undefined && { model }),
  ...(param !== undefined && { param }),
  ...(type !== undefined && { type }),
  ...(reason !== undefined && { reason }),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** A limit of ours has no room. */
export const limited = (refusal: { readonly retryAfterMs: number; readonly reason: string }): RouterError =>
  new RouterError('ROUTER_LIMITED', refusal.reason, {
    status: 429,
    isRetryable: Number.isFinite(refusal.retryAfterMs),
    type: 'rate_limit_error',
    ...(Number.isFinite(refusal.retryAfterMs) && { retryAfterMs: refusal.retryAfterMs }),
  });
