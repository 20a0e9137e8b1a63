import { RouterError, upstreamUnreachable } from '../errors.ts';
import { errorStatusOf, errorTypeOf, readError } from '../formats/error-body.ts';
import { type CallFailure, modelFailed, ofRouterError } from '../providers/call-failure.ts';
import type { ErrorInfo, Json } from '../wire-format.ts';

/** What the AI SDK's errors hold, recognised by their fields and names: classes differ between copies of a package. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly responseHeaders?: unknown;
  readonly responseBody?: unknown;
  readonly data?: unknown;
}

/** The statuses that errors stand for which no provider has answered. */
const statusByName: Readonly<Record<string, number>> = {
  AI_UnsupportedFunctionalityError: 400,
  AI_InvalidPromptError: 400,
  AI_InvalidArgumentError: 400,
  AI_LoadAPIKeyError: 401,
  AI_LoadSettingError: 401,
  AI_NoSuchModelError: 404,
  AI_NoSuchProviderError: 404,
  AI_NoSuchProviderReferenceError: 400,
};

/** Reads why a model of the AI SDK failed. */
export function failureOf(error: unknown, provider: string): CallFailure {
  // A router of ours stands behind the model.
  if (RouterError.isInstance(error)) return ofRouterError(error);
  const { name, message, statusCode, responseHeaders }: SdkError = typeof error === 'object' && error ? error : {};
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600) {
    return { kind: 'refused', error: infoOf(error, statusCode), headers: headersOf(responseHeaders) };
  }
  const status = typeof name === 'string' && Object.hasOwn(statusByName, name) ? statusByName[name] : undefined;
  if (status !== undefined) {
    const code = status === 404 ? { code: 'model_not_found', param: 'model' } : {};
    return { kind: 'refused', error: { ...infoOf(error, status), ...code }, headers: {} };
  }
  if (name === 'AI_APICallError' && statusCode === undefined) {
    return { kind: 'broken', error: upstreamUnreachable(provider, (error as Error).cause ?? error) };
  }
  return { kind: 'broken', error: modelFailed(provider, message, error) };
}

/** Reads an error under a status, from the provider's own body where there is one. */
function infoOf(error: unknown, status: number): ErrorInfo {
  const { responseBody, data, message } = error as SdkError;
  const body = typeof responseBody === 'string' && responseBody.trim() !== '' ? parsed(responseBody) : (data as Json);
  const told = readError(status, body);
  const own = readError(status, typeof message === 'string' ? message : undefined);
  return hasText(body) ? told : { ...told, message: own.message };
}

const hasText = (body: Json | undefined): boolean => body !== undefined && body !== null && body !== '';

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Reads an error that came in the middle of a stream: the provider's own object, an `Error`, or a text. */
export function streamErrorOf(error: unknown, provider: string): ErrorInfo {
  if (error instanceof Error || typeof error !== 'object' || error === null) {
    const failure = failureOf(typeof error === 'string' ? new Error(error) : error, provider);
    if (failure.kind === 'refused') return failure.error;
    const { status, message, code } = failure.error;
    return { status, type: errorTypeOf(status), message, code };
  }
  const { type, code } = error as { readonly type?: Json; readonly code?: Json };
  return readError(errorStatusOf(typeof type === 'string' ? type : undefined, code), error as Json);
}

/** The headers of an answer, without those that describe a body which is written anew. */
export function headersOf(headers: unknown): Record<string, string> {
  const kept: Record<string, string> = {};
  if (typeof headers !== 'object' || headers === null) return kept;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (typeof value !== 'string' || /^(?:content-|transfer-encoding$|connection$)/.test(lower)) continue;
    kept[lower] = value;
  }
  return kept;
}
