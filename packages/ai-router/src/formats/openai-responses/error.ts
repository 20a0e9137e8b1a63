import type { ErrorInfo, JsonObject } from '../../wire-format.ts';
import { errorStatusOf, readError } from '../error-body.ts';
import { isObject, textOf } from '../json.ts';
import { encodeError } from '../openai-chat/error.ts';

/** Reasons that lie in the request: OpenAI has a code for each kind of image that it cannot read. */
const requestAtFault =
  /^(?:invalid_|image_|empty_image|unsupported_image|failed_to_download|context_length|bio_policy|misalignment_policy|data_residency)/;

/** Reads the error of an `error` event, flat as OpenAI documents it or nested as it is sent. */
export function decodeEventError(data: JsonObject): ErrorInfo {
  const error = isObject(data.error) ? data.error : data;
  const code = textOf(error.code) ?? '';
  const status = requestAtFault.test(code) ? 400 : errorStatusOf(textOf(error.type), error.code);
  return readError(status, error === data ? data : { error });
}

/** Reads the error of a response that failed. */
export const decodeFailure = (response: JsonObject): ErrorInfo =>
  decodeEventError({ error: isObject(response.error) ? response.error : {} });

/** An error in OpenAI's words, for an event and for the response that failed by it. Its code is all that many clients look at: there always is one. */
export function encodeStreamError(info: ErrorInfo): JsonObject {
  const { error } = encodeError(info);
  return isObject(error) ? { ...error, code: error.code ?? codeOf(info.status) } : {};
}

function codeOf(status: number): string {
  if (status === 429) return 'rate_limit_exceeded';
  return status < 500 ? 'invalid_prompt' : 'server_error';
}
