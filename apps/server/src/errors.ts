import type { ErrorInfo } from '@hotpath/runtime';

/** Stable codes of what the server itself refuses; everything else carries the router's. */
export type ServerErrorCode =
  | 'SERVER_BODY_INVALID'
  | 'SERVER_BODY_TOO_LARGE'
  | 'SERVER_CONTENT_TYPE'
  | 'SERVER_HEADERS_TOO_LARGE'
  | 'SERVER_REQUEST_TIMEOUT'
  | 'SERVER_REQUEST_MALFORMED'
  | 'SERVER_NOT_FOUND'
  | 'SERVER_METHOD_NOT_ALLOWED'
  | 'SERVER_INTERNAL';

const refuse = (status: number, type: string, code: ServerErrorCode, message: string): ErrorInfo => ({
  status,
  type,
  code,
  message,
});

export const bodyInvalid = (reason: string): ErrorInfo =>
  refuse(400, 'invalid_request_error', 'SERVER_BODY_INVALID', `The body is not a JSON object: ${reason}`);

export const bodyTooLarge = (limitBytes: number): ErrorInfo =>
  refuse(
    413,
    'request_too_large',
    'SERVER_BODY_TOO_LARGE',
    `The body is larger than ${limitBytes} bytes. Send less, or raise "server.bodyLimit".`,
  );

export const contentTypeRefused = (found: string): ErrorInfo =>
  refuse(
    415,
    'invalid_request_error',
    'SERVER_CONTENT_TYPE',
    `Send the body as "content-type: application/json", not ${found ? `"${found.slice(0, 100)}"` : 'without one'}.`,
  );

export const notFound = (method: string, path: string): ErrorInfo =>
  refuse(
    404,
    'not_found_error',
    'SERVER_NOT_FOUND',
    `There is no ${method} ${path.slice(0, 200)}. See /v1/chat/completions, /v1/messages and /v1/models.`,
  );

export const methodNotAllowed = (method: string, path: string, allowed: string): ErrorInfo =>
  refuse(405, 'invalid_request_error', 'SERVER_METHOD_NOT_ALLOWED', `${path} does not take ${method}. Use ${allowed}.`);

export const headersTooLarge = refuse(
  431,
  'invalid_request_error',
  'SERVER_HEADERS_TOO_LARGE',
  'The request headers are too large. Send fewer or shorter ones.',
);

export const requestTimeout = refuse(
  408,
  'invalid_request_error',
  'SERVER_REQUEST_TIMEOUT',
  'The request did not arrive in time. Send it again.',
);

export const requestMalformed = refuse(
  400,
  'invalid_request_error',
  'SERVER_REQUEST_MALFORMED',
  'This is not a well-formed HTTP/1.1 request.',
);

export const internal = refuse(
  500,
  'api_error',
  'SERVER_INTERNAL',
  'Something went wrong inside the server. Try again; if it stays, report it with what you sent.',
);
