import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import {
  type CacheMode,
  credentialOf,
  type ErrorInfo,
  type Exchange,
  type Hotpath,
  type JsonObject,
  type Protocol,
  type Usage,
} from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { agentOf } from '../agent.ts';
import { isWait, readDeadline } from '../deadline.ts';
import { bodyInvalid, shuttingDown, waitBroken } from '../errors.ts';
import { announceRefusal } from '../events.ts';
import type { InFlight } from '../in-flight.ts';
import { isRefusal } from '../keys/authenticate.ts';
import type { Admission, Gatekeeper } from '../keys/gatekeeper.ts';
import { createSettlingSink } from '../keys/settling-sink.ts';
import { createPatientSink } from '../patient-sink.ts';
import { repeatsModel } from '../repeated-model.ts';
import { createReplySink, sendError } from '../reply-sink.ts';
import { ownRequestIdHeader } from '../request-id.ts';
import { type CacheScope, createTenants } from '../tenant.ts';
import { createTiming } from '../timing.ts';
import { traceOf } from '../trace-context.ts';

/** The paths on which models answer, each in its protocol. */
export const answerPaths: Readonly<Record<string, Protocol>> = {
  '/v1/chat/completions': 'openai-chat',
  '/v1/responses': 'openai-responses',
  '/v1/messages': 'anthropic-messages',
  '/v1/embeddings': 'openai-embeddings',
  '/v1/messages/count_tokens': 'anthropic-count-tokens',
};

/** Headers that mean something to the provider; they travel with the request and are part of the cache key. */
export const endToEnd: Record<Protocol, readonly string[]> = {
  'openai-chat': ['openai-organization', 'openai-project', 'openai-beta'],
  'openai-responses': ['openai-organization', 'openai-project', 'openai-beta'],
  'anthropic-messages': ['anthropic-version', 'anthropic-beta'],
  'openai-embeddings': ['openai-organization', 'openai-project', 'openai-beta'],
  'anthropic-count-tokens': ['anthropic-version', 'anthropic-beta'],
};

export interface AnswerRoutesOptions {
  readonly router: Hotpath['router'];
  readonly cacheScope: CacheScope;
  readonly inFlight: InFlight;
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  readonly closing: () => boolean;
  /** Names a request. */
  readonly requestIdOf: (headers: IncomingHttpHeaders) => string;
  /** Lets in who has a key. @default everybody comes in */
  readonly gatekeeper?: Gatekeeper;
  /** How often a stream that waits for a batch gets a comment, milliseconds. */
  readonly commentMs: number;
  /** Those who wait for a batch, to be sent away when the gateway stops. */
  readonly waiting: Set<() => void>;
  /** The cost of a stream's tokens, US dollars. */
  readonly costOf: (model: string, usage: Usage, provider: string) => number | undefined;
}

/** The hot routes: the reply is taken over from Fastify before anything is written. */
export function registerAnswerRoutes(app: FastifyInstance, options: AnswerRoutesOptions): void {
  const { router, inFlight, guard, closing, requestIdOf, gatekeeper, costOf, commentMs, waiting } = options;
  const tenantOf = createTenants(options.cacheScope);

  for (const [path, protocol] of Object.entries(answerPaths)) {
    /** Before the body is read: who may not ask may not fill memory either. */
    const onRequest = ({ headers }: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const principal = gatekeeper?.identify(headers);
      if (!principal || !isRefusal(principal)) {
        done();
        return;
      }
      reply.hijack();
      const { error, headers: told } = principal;
      refuse(reply.raw, protocol, error, requestIdOf(headers), { ...told, connection: 'close' });
    };
    app.post(path, { ...(gatekeeper && { onRequest }) }, (request, reply) => {
      const startedAt = performance.now();
      reply.hijack();
      const response = reply.raw;
      const requestId = requestIdOf(request.headers);
      const raw = request.body as Buffer | undefined;
      const parsed = parseBody(raw);
      const traceparent = traceOf(request.headers);
      const agent = agentOf(request.headers);
      const timing = createTiming(startedAt);
      const wait = typeof parsed === 'string' ? undefined : readDeadline(request.headers, parsed, Date.now());
      const refusal = closing()
        ? shuttingDown
        : (guard(request.headers) ??
          (typeof parsed === 'string' ? bodyInvalid(parsed) : wait && !isWait(wait) ? wait : undefined));
      if (refusal || typeof parsed === 'string' || (wait && !isWait(wait))) {
        if (refusal) refuse(response, protocol, refusal, requestId, closing() ? { connection: 'close' } : {});
        return;
      }
      const { body = parsed, deadlineAt, isBodyChanged = false } = wait ?? {};
      const wishes = asked(request.headers);
      const query = queryOf(request.url);
      const answer = (admission: Admission | undefined): void => {
        timing.admitted();
        // Where there are virtual keys, nobody else's are good for anything.
        const credential = admission?.key ? undefined : credentialOf(request.headers);
        const exchange: Exchange = {
          requestId,
          ...(traceparent !== undefined && { traceparent }),
          ...(admission?.key && { keyId: admission.key.id }),
          ...(agent !== undefined && { agent }),
          protocol,
          body,
          ...(raw && !isBodyChanged && !(bounds(admission) && repeatsModel(raw)) && { raw }),
          tenant: admission ? admission.tenant : tenantOf(request.headers),
          cache: cacheMode(request.headers['cache-control']),
          headers: pick(request.headers, endToEnd[protocol]),
          ...(query !== '' && { query }),
          ...(credential && { credential }),
          ...wishes,
          ...(deadlineAt !== undefined && { deadlineAt }),
          ...(admission && admission.limits.length > 0 && { limits: admission.limits }),
          stages: timing.stages,
        };
        const written = createReplySink(response, { protocol, requestId, closing, timing });
        const patient =
          deadlineAt !== undefined && body.stream === true
            ? createPatientSink(written, response, { protocol, requestId, everyMs: commentMs })
            : undefined;
        const reached = patient ?? written;
        const paid =
          admission?.key &&
          createSettlingSink(reached, { settle: admission.settle, leftUsd: admission.leftUsd, costOf });
        const ticket = router.answer(exchange, paid ?? reached);
        if (response.writableEnded) {
          // A hit is already written, unless it is too large for the socket to take at once.
          if (response.writableLength > largeAnswerBytes) inFlight.add(response);
          return;
        }
        inFlight.add(response);
        if (deadlineAt !== undefined) {
          // Networks forget connections on which nothing passes.
          response.socket?.setKeepAlive(true, 30_000);
          const sendAway = (): void => {
            if (patient ? !patient.isWaiting() : response.headersSent) return;
            ticket.leave();
            (paid ?? reached).fail(waitBroken());
          };
          waiting.add(sendAway);
          response.once('close', () => waiting.delete(sendAway));
        }
        response.on('drain', ticket.resume);
        response.on('close', () => {
          if (response.writableFinished) return;
          const cost = ticket.leave();
          paid?.left(cost);
        });
      };
      if (!gatekeeper) {
        answer(undefined);
        return;
      }
      const decide = (verdict: Awaited<ReturnType<Gatekeeper['admit']>>): void => {
        if (isRefusal(verdict)) refuse(response, protocol, verdict.error, requestId, verdict.headers);
        else if (response.destroyed) verdict.settle(0);
        else answer(verdict);
      };
      const verdict = gatekeeper.admit(request.headers, protocol, body, wishes.fallbacks);
      if (verdict instanceof Promise) void verdict.then(decide);
      else decide(verdict);
    });
  }
}

/** Whether it matters to a key which model is asked. */
const bounds = (admission: Admission | undefined): boolean =>
  admission?.key !== undefined && (admission.key.models !== null || admission.key.budgets.length > 0);

const queryOf = (url: string): string => {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
};

const largeAnswerBytes = 65_536;

/** Answers with an error, and announces it: the router will not hear of this request. */
function refuse(
  response: ServerResponse,
  protocol: Protocol,
  error: ErrorInfo,
  requestId: string,
  headers: Readonly<Record<string, string>> | undefined,
): void {
  sendError(response, protocol, error, { ...headers, [ownRequestIdHeader]: requestId });
  announceRefusal(protocol, error, { requestId });
}

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

/** What a client asks of the gateway itself. */
function asked(headers: IncomingHttpHeaders): Pick<Exchange, 'fallbacks' | 'onCut' | 'capture'> {
  const { 'x-hotpath-fallback': fallback, 'x-hotpath-on-cut': onCut, 'x-hotpath-content': content } = headers;
  if (fallback === undefined && onCut === undefined && content === undefined) return nothingAsked;
  const names = String(fallback ?? '')
    .split(',', 16)
    .map((name) => name.trim())
    .filter(Boolean);
  return {
    ...(names.length > 0 && { fallbacks: names }),
    ...(onCut === 'restart' && { onCut }),
    ...(String(content).trim().toLowerCase() === 'off' && { capture: 'off' }),
  };
}

const nothingAsked = {};

export function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}

/** The protocol in which a request on this path wants its errors. */
export const protocolOf = ({ url }: Pick<FastifyRequest, 'url'>): Protocol => {
  const path = url.split('?', 1)[0] ?? '';
  const known = Object.hasOwn(answerPaths, path) ? answerPaths[path] : undefined;
  if (known) return known;
  if (url.startsWith('/v1/messages')) return 'anthropic-messages';
  return url.startsWith('/v1/responses') ? 'openai-responses' : 'openai-chat';
};
