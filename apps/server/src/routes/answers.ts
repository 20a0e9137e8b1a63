import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { CacheMode, ErrorInfo, Exchange, Hotpath, JsonObject, Protocol } from '@hotpath/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyInvalid, shuttingDown } from '../errors.ts';
import type { InFlight } from '../in-flight.ts';
import { createReplySink, sendError } from '../reply-sink.ts';
import { type CacheScope, createTenants } from '../tenant.ts';

/** The paths on which models answer, each in its protocol. */
export const answerPaths: Readonly<Record<string, Protocol>> = {
  '/v1/chat/completions': 'openai-chat',
  '/v1/messages': 'anthropic-messages',
};

/** Headers that mean something to the provider; they travel with the request and are part of the cache key. */
const endToEnd: Record<Protocol, readonly string[]> = {
  'openai-chat': ['openai-organization', 'openai-project', 'openai-beta'],
  'anthropic-messages': ['anthropic-version', 'anthropic-beta'],
};

export interface AnswerRoutesOptions {
  readonly router: Hotpath['router'];
  readonly cacheScope: CacheScope;
  readonly inFlight: InFlight;
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  readonly closing: () => boolean;
}

/** The hot routes: the reply is taken over from Fastify before anything is written. */
export function registerAnswerRoutes(app: FastifyInstance, options: AnswerRoutesOptions): void {
  const { router, inFlight, guard, closing } = options;
  const tenantOf = createTenants(options.cacheScope);

  for (const [path, protocol] of Object.entries(answerPaths)) {
    app.post(path, (request, reply) => {
      const startedAt = performance.now();
      reply.hijack();
      const response = reply.raw;
      const raw = request.body as Buffer | undefined;
      const body = parseBody(raw);
      const refusal = closing()
        ? shuttingDown
        : (guard(request.headers) ?? (typeof body === 'string' ? bodyInvalid(body) : undefined));
      if (refusal || typeof body === 'string') {
        if (refusal) sendError(response, protocol, refusal, closing() ? { connection: 'close' } : {});
        return;
      }
      const exchange: Exchange = {
        protocol,
        body,
        ...(raw && { raw }),
        tenant: tenantOf(request.headers),
        cache: cacheMode(request.headers['cache-control']),
        headers: pick(request.headers, endToEnd[protocol]),
      };
      const ticket = router.answer(exchange, createReplySink(response, { protocol, startedAt, closing }));
      if (response.writableEnded) {
        // A hit is already written, unless it is too large for the socket to take at once.
        if (response.writableLength > largeAnswerBytes) inFlight.add(response);
        return;
      }
      inFlight.add(response);
      response.on('drain', ticket.resume);
      response.on('close', () => {
        if (!response.writableFinished) ticket.leave();
      });
    });
  }
}

const largeAnswerBytes = 65_536;

/** The object, or what is wrong with the body. */
function parseBody(raw: Buffer | undefined): JsonObject | string {
  if (!raw || raw.byteLength === 0) return 'it is empty. Send the request as JSON.';
  // Decoding would replace what is not UTF-8: bodies that differ would look the same.
  if (!isUtf8(raw)) return 'it is not UTF-8. Encode it so.';
  let value: unknown;
  try {
    value = JSON.parse(raw.toString());
  } catch (error) {
    return `${(error as Error).message}. Check its quotes, commas and encoding.`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `it is ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}. Send an object.`;
  }
  return value as JsonObject;
}

/** `no-store` keeps the request out of the cache; `no-cache` and `max-age=0` want a fresh answer, which is then kept. */
function cacheMode(header: string | undefined): CacheMode {
  if (header === undefined) return 'use';
  const directives = header
    .toLowerCase()
    .split(',', 16)
    .map((part) => part.trim());
  if (directives.includes('no-store')) return 'off';
  return directives.includes('no-cache') || directives.includes('max-age=0') ? 'refresh' : 'use';
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}

/** The protocol in which a request on this path wants its errors. */
export const protocolOf = (request: Pick<FastifyRequest, 'url'>): Protocol =>
  request.url.startsWith('/v1/messages') ? 'anthropic-messages' : 'openai-chat';
