import type { ErrorInfo, JsonObject } from '../../wire-format.ts';
import { errorStatusOf, errorTypeOf, readError } from '../error-body.ts';
import { isObject, textOf } from '../json.ts';

const types: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
]);

/** Writes one of Anthropic's own types. The code stands in `code` and where Anthropic's clients look for it (`details.error_code`). */
export function encodeError(error: ErrorInfo): JsonObject {
  const type = types.has(error.type) ? error.type : errorTypeOf(error.status);
  const code = error.code ?? (type === error.type ? undefined : error.type);
  return {
    type: 'error',
    error: {
      type,
      message: error.message,
      ...(code !== undefined && { code, details: { error_code: code } }),
      ...(error.param !== undefined && { param: error.param }),
    },
    request_id: null,
  };
}

export function decodeStreamError(data: JsonObject): ErrorInfo {
  const error = isObject(data.error) ? data.error : data;
  return readError(errorStatusOf(textOf(error.type), error.code), data);
}
