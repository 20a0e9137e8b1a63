import type { ErrorInfo, Json, JsonObject } from '../wire-format.ts';
import { isList, isObject, parseObject, textOf } from './json.ts';

const typeByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The error type that a status stands for, in the words both protocols share. */
export function errorTypeOf(status: number): string {
  return typeByStatus[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  api_error: 500,
  server_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The status that an error inside a stream would have had; 502 where it does not say. */
export function errorStatusOf(type: string | undefined, code: Json | undefined): number {
  const told = Number(code);
  if (Number.isInteger(told) && told >= 400 && told < 600) return told;
  for (const name of [type, code]) {
    const status = typeof name === 'string' && Object.hasOwn(statusByType, name) ? statusByType[name] : undefined;
    if (status) return status;
  }
  return 502;
}

const longestMessage = 2000;

/**
 * Reads an error body of any shape: OpenAI's, Anthropic's, `{message}`, `{detail}`, `{error: "…"}`, a list of one, a
 * text, a web page or nothing. What the body leaves open follows from the status.
 */
export function readError(status: number, body: Json | undefined): ErrorInfo {
  if (isList(body)) return readError(status, body[0]);
  if (typeof body === 'string') {
    const parsed = parseObject(body);
    if (parsed) return readError(status, parsed);
  }
  const outer: JsonObject = isObject(body) ? body : {};
  const inner: JsonObject = isObject(outer.error) ? outer.error : outer;
  const details = isObject(inner.details) ? inner.details.error_code : undefined;
  const code = readCode(inner.code, status) ?? textOf(details) ?? textOf(inner.status);
  // Anthropic's envelope has a type of its own, "error".
  const type = inner === outer && inner.type === 'error' ? undefined : textOf(inner.type);
  const param = textOf(inner.param);
  return {
    status,
    type: type ?? errorTypeOf(status),
    message: (readText(inner, outer, body) ?? `The provider answered ${status} without a reason.`).slice(
      0,
      longestMessage,
    ),
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
  };
}

/** A number that repeats the status (vLLM, Gemini) says nothing. */
function readCode(code: Json | undefined, status: number): string | undefined {
  return typeof code === 'number' ? (code === status ? undefined : String(code)) : textOf(code);
}

function readText(inner: JsonObject, outer: JsonObject, body: Json | undefined): string | undefined {
  if (typeof body === 'string') return readPlain(body);
  return textOf(inner.message) ?? textOf(outer.error) ?? textOf(outer.message) ?? readDetail(outer.detail);
}

/** FastAPI's `detail`: a text, or a list of what is wrong where. */
function readDetail(detail: Json | undefined): string | undefined {
  if (!isList(detail)) return textOf(detail);
  const lines = detail.map((item) => {
    if (!isObject(item)) return undefined;
    const place = isList(item.loc) ? `${item.loc.join('.')}: ` : '';
    return typeof item.msg === 'string' ? place + item.msg : undefined;
  });
  return textOf(lines.filter((line) => line !== undefined).join('; '));
}

/** Proxies answer with web pages; their title is all that a client can use. */
function readPlain(body: string): string | undefined {
  const text = body.trim();
  if (!text.startsWith('<')) return textOf(text);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
  return `The provider answered with a web page${title ? ` titled "${title}"` : ''}.`;
}
