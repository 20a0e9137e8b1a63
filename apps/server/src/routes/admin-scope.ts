import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorInfo } from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminKey } from '../admin-key.ts';
import { isLoopback } from '../guard.ts';
import {
  type AdminError,
  adminInternal,
  adminKeyMissing,
  adminKeyWrong,
  adminNotFound,
  errorOf,
  notLocal,
} from './admin-error.ts';

export interface AdminScopeOptions {
  readonly adminKey: Pick<AdminKey, 'opens'>;
  /** The guard of the other routes. */
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  /** Says who may not, of those who come without the key, such as from the dashboard. @default all of them */
  readonly access?: ((request: FastifyRequest) => AdminError | undefined) | undefined;
  /** Answers other machines too. @default false */
  readonly remote?: boolean | undefined;
  /** Told of faults that clients are only told in general words. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const send = (reply: FastifyReply, { status, ...error }: AdminError): FastifyReply =>
  reply.code(status).send({ error });

/** By which proxies and content networks say that they pass a request on, and for whom. */
const proxyHeaders: readonly string[] = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
  'fastly-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
];

/** A proxy on this machine is no reason to trust whom it speaks for. */
export const isLocal = ({ socket, headers }: FastifyRequest): boolean =>
  isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, '')) &&
  !proxyHeaders.some((name) => headers[name] !== undefined) &&
  // A web page may resolve its own name to this machine (DNS rebinding), and then asks for that name.
  isLoopback((headers.host ?? 'localhost').replace(/:\d+$/, ''));

/** Routes below a prefix that answer whoever has the admin key, and nobody on another machine unless `remote`. */
export function registerAdminScope(
  app: FastifyInstance,
  prefix: string,
  { adminKey, guard, access, remote = false, onError }: AdminScopeOptions,
  routes: (scope: FastifyInstance) => void,
): void {
  const refusalOf = (request: FastifyRequest): AdminError | undefined => {
    const { headers } = request;
    const hasKey = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
    if (!hasKey && access !== undefined) return access(request);
    if (!remote && !isLocal(request)) return notLocal;
    const guarded = guard(headers);
    if (guarded) return { status: guarded.status, code: guarded.code ?? 'ADMIN_INTERNAL', message: guarded.message };
    if (adminKey.opens(headers)) return undefined;
    return hasKey ? adminKeyWrong : adminKeyMissing;
  };

  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const refusal = refusalOf(request);
        if (!refusal) return undefined;
        if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
        return send(reply, refusal);
      });
      scope.setNotFoundHandler((_request, reply) => send(reply, adminNotFound));
      scope.setErrorHandler((fault: unknown, _request, reply) => {
        const error = errorOf(fault);
        if (!error || error.status >= 500) onError?.(fault);
        return send(reply, error ?? adminInternal);
      });
      routes(scope);
    },
    { prefix },
  );
}
