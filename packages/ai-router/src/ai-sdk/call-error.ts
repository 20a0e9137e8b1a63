import { RouterError, type RouterErrorFields } from '../errors.ts';
import type { JsonObject } from '../wire-format.ts';

const isSdkError = Symbol.for('vercel.ai.error');
const isCallError = Symbol.for('vercel.ai.error.AI_APICallError');

/**
 * The same error for the AI SDK, which knows it as an `APICallError` of its own: by that it decides whether to try again, and
 * waits as long as the headers say. The SDK is not imported for it: its marks are registered symbols. A copy, since the
 * router's own is shared with observers, who are not to see what was asked.
 */
export function asCallError(error: unknown, body: JsonObject | undefined): unknown {
  if (!RouterError.isInstance(error)) return error;
  const { code, message, cause, retryAfterMs: wait } = error;
  const copy = new RouterError(code, message, { ...(error as RouterErrorFields), cause });
  return Object.assign(copy, {
    [isSdkError]: true,
    [isCallError]: true,
    url: 'hotpath:router',
    requestBodyValues: body,
    statusCode: error.status,
    responseHeaders: wait === undefined ? {} : { 'retry-after-ms': String(Math.ceil(wait)) },
  });
}
