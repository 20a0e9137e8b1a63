import type { ErrorInfo, JsonObject } from '../../wire-format.ts';
import { errorStatusOf, readError } from '../error-body.ts';
import { isObject, textOf } from '../json.ts';

// OpenAI's words for Anthropic's types. The original goes into `code` where that is free.
const typeNames: Readonly<Record<string, string>> = {
  api_error: 'server_error',
  overloaded_error: 'server_error',
  timeout_error: 'server_error',
  billing_error: 'insufficient_quota',
  not_found_error: 'invalid_request_error',
  conflict_error: 'invalid_request_error',
  request_too_large: 'invalid_request_error',
};

export function encodeError(error: ErrorInfo): JsonObject {
  const type = (Object.hasOwn(typeNames, error.type) ? typeNames[error.type] : undefined) ?? error.type;
  return {
    error: {
      message: error.message,
      type,
      param: error.param ?? null,
      code: error.code ?? (type === error.type ? null : error.type),
    },
  };
}

/** Whether a chunk is an error: `{"error": …}`, or vLLM's older `{"object": "error", …}`. */
export function holdsError(chunk: JsonObject): boolean {
  return isObject(chunk.error) || textOf(chunk.error) !== undefined || chunk.object === 'error';
}

export function decodeStreamError(chunk: JsonObject): ErrorInfo {
  const error = isObject(chunk.error) ? chunk.error : chunk;
  return readError(errorStatusOf(textOf(error.type), error.code), chunk);
}
