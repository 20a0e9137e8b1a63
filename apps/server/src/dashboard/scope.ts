import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorInfo } from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AdminError, adminInternal, errorOf, refuse } from '../routes/admin-error.ts';

export interface DashboardScopeOptions {
  /** Says who may not; see `createAccess`. */
  readonly access: (request: FastifyRequest) => AdminError | undefined;
  /** The guard of the other routes. */
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  /** Told of faults that clients are only told in general words. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const notFound = refuse(
  404,
  'DASHBOARD_NOT_FOUND',
  'There is no such method and path. What the dashboard asks is told in the guides to telemetry, alerts and privacy.',
);

const send = (reply: FastifyReply, { status, ...error }: AdminError): FastifyReply =>
  reply.code(status).send({ error });

/** What the store of events says, which tells what to do; undefined for all else. */
const storeErrorOf = (fault: unknown): AdminError | undefined => {
  const { code, message } = (fault ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string' || !code.startsWith('TELEMETRY_')) return undefined;
  return { status: code === 'TELEMETRY_QUERY_INVALID' ? 400 : 503, code, message: String(message) };
};

/** Routes of the page, all but those of its session for whoever has access. */
export const registerDashboardScope = (
  app: FastifyInstance,
  prefix: string,
  { access, guard, onError }: DashboardScopeOptions,
  routes: (scope: FastifyInstance) => void,
): void => {
  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const guarded = guard(request.headers);
        if (guarded)
          return send(reply, {
            status: guarded.status,
            code: guarded.code ?? 'ADMIN_INTERNAL',
            message: guarded.message,
          });
        const refusal = request.routeOptions.url === `${prefix}/session` ? undefined : access(request);
        return refusal && send(reply, refusal);
      });
      scope.setNotFoundHandler((_request, reply) => send(reply, notFound));
      scope.setErrorHandler((fault: unknown, _request, reply) => {
        const error = errorOf(fault) ?? storeErrorOf(fault);
        if (!error || error.status >= 500) onError?.(fault);
        return send(reply, error ?? adminInternal);
      });
      routes(scope);
    },
    { prefix },
  );
};
