/** Stable codes of everything that `@hotpath/ai-router` throws or reports. */
export type RouterErrorCode =
  | 'ROUTER_REQUEST_INVALID'
  | 'ROUTER_FIELD_UNSUPPORTED'
  | 'ROUTER_MODEL_UNKNOWN'
  | 'ROUTER_MODEL_AMBIGUOUS'
  | 'ROUTER_PROVIDER_UNKNOWN'
  | 'ROUTER_UPSTREAM_STATUS'
  | 'ROUTER_UPSTREAM_UNREACHABLE'
  | 'ROUTER_UPSTREAM_CUT'
  | 'ROUTER_UPSTREAM_TIMEOUT'
  | 'ROUTER_ANSWER_INVALID'
  | 'ROUTER_ANSWER_TOO_LARGE'
  | 'ROUTER_ALL_FAILED'
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
  /** How long the provider asked us to wait, milliseconds. */
  readonly retryAfterMs?: number;
  /** Which limit ran out, for `ROUTER_UPSTREAM_TIMEOUT`. */
  readonly phase?: 'connect' | 'first-token' | 'idle' | 'total';
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
  readonly retryAfterMs: number | undefined;
  readonly phase: RouterErrorFields['phase'];
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
    this.retryAfterMs = fields.retryAfterMs;
    this.phase = fields.phase;
  }

  static isInstance(error: unknown): error is RouterError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

export const requestInvalid = (message: string, param?: string): RouterError =>
  new RouterError('ROUTER_REQUEST_INVALID', message, { status: 400, ...(param !== undefined && { param }) });

export const fieldUnsupported = (param: string, from: string, to: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" of ${from} cannot be translated to ${to} yet. Leave it out, or call a model whose provider speaks ${from}.`,
    { status: 400, param },
  );

export const answerInvalid = (message: string, cause?: unknown): RouterError =>
  new RouterError('ROUTER_ANSWER_INVALID', message, { status: 502, isRetryable: true, cause });
