import { answerInvalid, RouterError } from '../errors.ts';
import { errorTypeOf } from '../formats/error-body.ts';
import type { ErrorInfo } from '../wire-format.ts';

/** A call that failed without a network: what is to be answered, or why there is no answer at all. */
export type CallFailure =
  | {
      readonly kind: 'refused';
      readonly error: ErrorInfo;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'broken'; readonly error: RouterError };

const retryAfter = (ms: unknown): Readonly<Record<string, string>> =>
  typeof ms === 'number' && ms >= 0 ? { 'retry-after': String(Math.ceil(ms / 1000)) } : {};

/** An error of the router's own: one that blames the request is an answer to it. */
export function ofRouterError(error: RouterError): CallFailure {
  if (error.status < 400 || error.status >= 500) return { kind: 'broken', error };
  const { status, message, param, retryAfterMs } = error;
  const code = error.reason ?? error.code;
  return {
    kind: 'refused',
    error: { status, type: error.type ?? errorTypeOf(status), message, code, ...(param !== undefined && { param }) },
    headers: retryAfter(retryAfterMs),
  };
}

export const modelFailed = (provider: string, why: unknown, cause: unknown): RouterError =>
  answerInvalid(
    `The model of ${provider} failed${typeof why === 'string' && why ? `: ${why}` : ''}. Try again.`,
    cause,
  );

/**
 * What any code throws. With a `status` from 400 to 599 it is a refusal of that status, with the `code`, `type`, `param` and
 * `retryAfterMs` that stand beside it; anything else is a broken answer, which may be asked for again.
 */
export function ofThrown(error: unknown, provider: string): CallFailure {
  if (RouterError.isInstance(error)) return ofRouterError(error);
  const fields = (typeof error === 'object' && error !== null ? error : { message: error }) as Record<string, unknown>;
  const { status, message, code, type, param, retryAfterMs } = fields;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599) {
    return { kind: 'broken', error: modelFailed(provider, message, error) };
  }
  return {
    kind: 'refused',
    error: {
      status,
      type: typeof type === 'string' ? type : errorTypeOf(status),
      message: typeof message === 'string' && message ? message : `${provider} refused with status ${status}.`,
      ...(typeof code === 'string' && { code }),
      ...(typeof param === 'string' && { param }),
    },
    headers: retryAfter(retryAfterMs),
  };
}

/** `advice` is what else there is to do than to name one of its models. */
export const noSuchModel = (
  model: string,
  { id, models }: { readonly id: string; readonly models: readonly string[] },
  advice = '',
): ErrorInfo => ({
  status: 404,
  type: 'not_found_error',
  code: 'model_not_found',
  param: 'model',
  message: `${id} has no model "${model.slice(0, 200)}", only ${models.map((name) => `${id}/${name}`).join(', ')}.${advice}`,
});
