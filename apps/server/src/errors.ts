import { type ErrorInfo, RouterError } from '@hotpath/runtime';

/** Stable codes of what the server itself refuses; everything else carries the router's. */
export type ServerErrorCode =
  | 'SERVER_BODY_INVALID'
  | 'SERVER_BODY_TOO_LARGE'
  | 'SERVER_DEADLINE_INVALID'
  | 'SERVER_QUERY_INVALID'
  | 'SERVER_CONTENT_TYPE'
  | 'SERVER_HEADERS_TOO_LARGE'
  | 'SERVER_REQUEST_TIMEOUT'
  | 'SERVER_REQUEST_MALFORMED'
  | 'SERVER_ORIGIN_REFUSED'
  | 'SERVER_HOST_REFUSED'
  | 'SERVER_PATH_TOKEN_MISSING'
  | 'SERVER_LOOP'
  | 'SERVER_NOT_FOUND'
  | 'SERVER_METHOD_NOT_ALLOWED'
  | 'SERVER_DRAINING'
  | 'SERVER_NODE_TOO_OLD'
  | 'SERVER_INTERNAL';

const refuse = (status: number, type: string, code: ServerErrorCode, message: string): ErrorInfo => ({
  status,
  type,
  code,
  message,
});

export const bodyInvalid = (reason: string): ErrorInfo =>
  refuse(400, 'invalid_request_error', 'SERVER_BODY_INVALID', `The body is not a JSON object: ${reason}`);

export const queryInvalid = (param: string, problem: string): ErrorInfo => ({
  ...refuse(400, 'invalid_request_error', 'SERVER_QUERY_INVALID', `"${param}" ${problem}`),
  param,
});

export const bodyTooLarge = (limitBytes: number): ErrorInfo =>
  refuse(
    413,
    'request_too_large',
    'SERVER_BODY_TOO_LARGE',
    `The body is larger than ${limitBytes} bytes. Send less, or raise "server.bodyLimitBytes".`,
  );

export const deadlineInvalid = (header: string, found: string): ErrorInfo =>
  refuse(
    400,
    'invalid_request_error',
    'SERVER_DEADLINE_INVALID',
    `The header "${header}" must say how long the answer may take, in seconds or as "30m" or "6h", or until when, as "2026-11-22T08:00:00Z". It says "${found.slice(0, 100)}".`,
  );

/** What the server is made of takes a newer Node, and would fail in words that help nobody. */
export const nodeTooOld = (): Error & { readonly code: ServerErrorCode } =>
  Object.assign(
    new Error(
      `The gateway needs Node.js 22.18 or newer, and this is ${process.version}. Install a newer one from https://nodejs.org.`,
    ),
    { code: 'SERVER_NODE_TOO_OLD' as const },
  );

/** The gateway stops while a request waits for a batch. */
export const waitBroken = (): RouterError =>
  new RouterError(
    'ROUTER_CLOSED',
    'The gateway is stopping. What was submitted goes on: ask the same again, with its deadline.',
    { status: 503, retryAfterMs: 2_000 },
  );

export const pathTokenMissing: ErrorInfo = refuse(
  403,
  'permission_error',
  'SERVER_PATH_TOKEN_MISSING',
  'This gateway belongs to one command, which alone knows its whole address. Start one of your own: hotpath serve',
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
    `There is no ${method} ${path.slice(0, 200)}. See /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings and /v1/models.`,
  );

/** In the words of OpenAI's own API, which its clients know. */
export const modelNotFound = (model: string): ErrorInfo => ({
  status: 404,
  type: 'not_found_error',
  code: 'model_not_found',
  param: 'model',
  message: `There is no model "${model.slice(0, 200)}". GET /v1/models lists those there are.`,
});

export const methodNotAllowed = (method: string, path: string, allowed: string): ErrorInfo =>
  refuse(
    405,
    'invalid_request_error',
    'SERVER_METHOD_NOT_ALLOWED',
    `${path.slice(0, 200)} does not take ${method}. Use ${allowed}.`,
  );

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

export const requestMalformed = (status = 400, reason = 'it is not well-formed HTTP/1.1.'): ErrorInfo =>
  refuse(status, 'invalid_request_error', 'SERVER_REQUEST_MALFORMED', `The request cannot be read: ${reason}`);

export const originRefused = (origin: string): ErrorInfo =>
  refuse(
    403,
    'permission_error',
    'SERVER_ORIGIN_REFUSED',
    `Requests of web pages from "${origin.slice(0, 200)}" are refused, since this server listens for its own machine alone.`,
  );

export const hostRefused = (host: string): ErrorInfo =>
  refuse(
    403,
    'permission_error',
    'SERVER_HOST_REFUSED',
    `This server has no keys, so it answers to names of its own machine alone, such as localhost, and not to "${host.slice(0, 200)}". Name that in "server.allowedHosts" of the configuration and start again, or make a key: hotpath keys create`,
  );

export const loop = refuse(
  508,
  'invalid_request_error',
  'SERVER_LOOP',
  "This request came from this very server: one of its providers has the server's own address. Correct its base URL.",
);

export const shuttingDown = refuse(
  503,
  'overloaded_error',
  'SERVER_DRAINING',
  'The server is stopping and takes no more requests. Send it again in a moment.',
);

export const internal = refuse(
  500,
  'api_error',
  'SERVER_INTERNAL',
  'Something went wrong inside the server. Try again; if it stays, report it with what you sent.',
);
