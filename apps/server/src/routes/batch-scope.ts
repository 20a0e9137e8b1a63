import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, formats } from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Batches } from '../batches/batches.ts';
import { BatchRefusal } from '../batches/errors.ts';
import type { Owner } from '../batches/records.ts';
import { shuttingDown } from '../errors.ts';
import { announceRefusal } from '../events.ts';
import type { InFlight } from '../in-flight.ts';
import { isRefusal } from '../keys/authenticate.ts';
import type { KeyRefusal } from '../keys/refusal.ts';
import { ownRequestIdHeader } from '../request-id.ts';
import { protocolOf } from './answers.ts';

export interface BatchRoutesOptions {
  /** Opens them at the first call. Rejects with a `BatchRefusal` where there can be none. */
  readonly batches: () => Promise<Batches>;
  readonly ownerOf: (headers: IncomingHttpHeaders) => Owner | KeyRefusal;
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  readonly closing: () => boolean;
  readonly requestIdOf: (headers: IncomingHttpHeaders) => string;
  readonly inFlight: InFlight;
  /** Told of faults that clients are only told in general words. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The part of the server in which files and batches are asked for. */
export interface BatchScope {
  readonly app: FastifyInstance;
  readonly batches: () => Promise<Batches>;
  readonly ownerOf: (request: FastifyRequest) => Owner;
}

/** Lets in whom it should, before a body is read, and writes refusals as the client's SDK reads them. */
export function registerBatchScope(
  app: FastifyInstance,
  options: BatchRoutesOptions,
  register: (scope: BatchScope) => void,
): void {
  const { batches, guard, closing, requestIdOf, inFlight, onError } = options;
  const owners = new WeakMap<FastifyRequest, Owner>();

  const refuse = (
    request: FastifyRequest,
    reply: FastifyReply,
    error: ErrorInfo,
    headers: Readonly<Record<string, string>> = {},
  ): FastifyReply => {
    const protocol = protocolOf(request);
    announceRefusal(protocol, error, { requestId: String(reply.getHeader(ownRequestIdHeader)) });
    return reply.code(error.status).headers(headers).send(formats[protocol].encodeError(error));
  };

  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header(ownRequestIdHeader, requestIdOf(request.headers));
      if (closing()) return refuse(request, reply, shuttingDown, { connection: 'close' });
      const guarded = guard(request.headers);
      if (guarded) return refuse(request, reply, guarded);
      const owner = options.ownerOf(request.headers);
      if (isRefusal(owner)) return refuse(request, reply, owner.error, { ...owner.headers, connection: 'close' });
      owners.set(request, owner);
      inFlight.add(reply.raw);
      return undefined;
    });
    scope.setErrorHandler((fault: unknown, request, reply) => {
      if (!BatchRefusal.isInstance(fault)) {
        if (((fault as { statusCode?: number }).statusCode ?? 500) >= 500) onError?.(fault);
        throw fault;
      }
      if (fault.cause !== undefined) onError?.(fault.cause);
      return refuse(request, reply, fault.info);
    });
    register({ app: scope, batches, ownerOf: (request) => owners.get(request) as Owner });
  });
}
