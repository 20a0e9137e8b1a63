import type { ServerResponse } from 'node:http';
import {
  type AnswerCost,
  type AnswerHead,
  type AnswerSink,
  type ErrorInfo,
  formats,
  type Protocol,
  type RouterError,
} from '@hotpath/runtime';
import { ownRequestIdHeader } from './request-id.ts';
import type { Timing } from './timing.ts';

export interface ReplySinkOptions {
  readonly protocol: Protocol;
  readonly requestId: string;
  /** Tells how long each stage took. */
  readonly timing: Timing;
  /** Asks the client to close its connection after this answer. */
  readonly closing: () => boolean;
}

/** Writes one answer to a client, raw: Fastify's reply would cost as much again as the whole answer. */
export function createReplySink(response: ServerResponse, options: ReplySinkOptions): AnswerSink {
  const { protocol, requestId, timing } = options;
  let last: Buffer | undefined;
  // HTTP/1.0 has no chunks, after the last of which they would stand.
  const hasTrailers = response.req.httpVersion !== '1.0';

  const writeHead = (head: AnswerHead, length?: number): void => {
    const headers: string[] = [
      'content-type',
      head.contentType,
      ownRequestIdHeader,
      requestId,
      'x-hotpath-cache',
      head.cache,
      'x-hotpath-model',
      headerSafe(`${head.provider}/${head.model}`),
      'server-timing',
      timing.write(head),
    ];
    if (head.attempts !== undefined && head.attempts > 1) headers.push('x-hotpath-attempts', String(head.attempts));
    if (head.estimate) headers.push('x-hotpath-estimate', 'true');
    if (head.lane) headers.push('x-hotpath-lane', head.lane);
    if (head.rejected) headers.push('x-hotpath-rejected', headerSafe(head.rejected));
    if (head.dropped) headers.push('x-hotpath-dropped', headerSafe(head.dropped.join(', ')));
    for (const [name, value] of costHeaders(head)) headers.push(name, value);
    for (const name in head.headers) headers.push(name, head.headers[name] as string);
    if (length === undefined) {
      headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no');
      if (hasTrailers) headers.push('trailer', `${costHeader}, ${estimateHeader}`);
    } else headers.push('content-length', String(length));
    if (options.closing()) headers.push('connection', 'close');
    response.writeHead(head.status, headers);
  };

  return {
    whole(head, body) {
      if (response.destroyed) return;
      writeHead(head, body.byteLength);
      response.end(body);
    },
    start(head) {
      if (!response.destroyed) writeHead(head);
    },
    data(chunk) {
      last = chunk;
      return response.destroyed || response.write(chunk);
    },
    end(summary) {
      if (response.destroyed) return;
      if (hasTrailers) response.addTrailers(costHeaders(summary));
      response.end();
    },
    fail(error, cost) {
      if (response.destroyed || response.writableEnded) return;
      const info = errorInfo(error);
      if (response.headersSent) {
        if (hasTrailers && cost) response.addTrailers(costHeaders(cost));
        const event = formats[protocol].streamEncoder().push({ type: 'error', error: info });
        // What came last may be half an event, which must not swallow this one.
        response.end(last && !endsEvent(last) ? `\n\n${event}` : event);
        return;
      }
      sendError(response, protocol, info, {
        [ownRequestIdHeader]: requestId,
        ...(error.retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }),
        ...(options.closing() && { connection: 'close' }),
      });
    },
  };
}

const costHeader = 'x-hotpath-cost-usd';
const estimateHeader = 'x-hotpath-cost-estimated-usd';

/** What an answer cost, as far as it is known: ahead of one that is whole, behind one that was streamed. */
const costHeaders = ({ costUsd, estimatedUsd }: AnswerCost): [string, string][] => [
  ...(costUsd === undefined ? [] : ([[costHeader, dollars(costUsd)]] satisfies [string, string][])),
  ...(estimatedUsd === undefined ? [] : ([[estimateHeader, dollars(estimatedUsd)]] satisfies [string, string][])),
];

/** Never in scientific notation, and no digits that mean nothing. */
const dollars = (cost: number): string => (cost === 0 ? '0' : cost.toFixed(9).replace(/\.?0+$/, ''));

const endsEvent = (chunk: Buffer): boolean =>
  /(\n\n|\r\n\r\n|\r\r)$/.test(chunk.toString('latin1', chunk.byteLength - 4));

/** A model's name may hold what a header may not, or be longer than clients accept. */
const headerSafe = (name: string): string =>
  /^[\x20-\x7e]{1,256}$/.test(name) ? name : encodeURI(name.slice(0, 256).toWellFormed()).slice(0, 256);

/** Answers with an error in the client's protocol. */
export function sendError(
  response: ServerResponse,
  protocol: Protocol,
  error: ErrorInfo,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(formats[protocol].encodeError(error)));
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': body.byteLength,
    ...headers,
  });
  response.end(body);
}

const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

/** What a client is told of a fault. */
export const errorInfo = (error: RouterError): ErrorInfo => ({
  status: error.status,
  type: error.type ?? types[error.status] ?? 'api_error',
  message: error.message,
  code: error.code,
  ...(error.param !== undefined && { param: error.param }),
});
