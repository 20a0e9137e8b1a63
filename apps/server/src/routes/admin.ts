import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorInfo, Router } from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminKey } from '../admin-key.ts';
import { isLoopback } from '../guard.ts';
import { noSuchKey } from '../keys/errors.ts';
import type { KeyStore } from '../keys/store.ts';
import { keyView, spendingView } from '../keys/view.ts';
import type { KeyChanges, NewKey, VirtualKey } from '../keys/virtual-key.ts';
import {
  type AdminError,
  adminInternal,
  adminKeyMissing,
  adminKeyWrong,
  adminNotFound,
  errorOf,
  notLocal,
} from './admin-error.ts';
import { readListQuery, readObject, readRotation, readSpendingQuery } from './admin-request.ts';

export interface AdminRoutesOptions {
  readonly store: KeyStore;
  readonly adminKey: Pick<AdminKey, 'opens'>;
  /** How the providers' models fare. */
  readonly health: Router['health'];
  /** The guard of the other routes. */
  readonly guard: (headers: IncomingHttpHeaders) => ErrorInfo | undefined;
  /** Answers other machines too. @default false */
  readonly remote?: boolean | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
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
const isLocal = ({ socket, headers }: FastifyRequest): boolean =>
  isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, '')) &&
  !proxyHeaders.some((name) => headers[name] !== undefined) &&
  // A web page may resolve its own name to this machine (DNS rebinding), and then asks for that name.
  isLoopback((headers.host ?? 'localhost').replace(/:\d+$/, ''));

/** `/admin/v1`: keys, what they spent, and the providers' health, for whoever has the admin key. */
export function registerAdminRoutes(app: FastifyInstance, options: AdminRoutesOptions): void {
  const { store, adminKey, health, guard, remote = false, now = Date.now, onError } = options;

  const refusalOf = (request: FastifyRequest): AdminError | undefined => {
    const { headers } = request;
    if (!remote && !isLocal(request)) return notLocal;
    const guarded = guard(headers);
    if (guarded) return { status: guarded.status, code: guarded.code ?? 'ADMIN_INTERNAL', message: guarded.message };
    if (adminKey.opens(headers)) return undefined;
    return headers.authorization === undefined && headers['x-api-key'] === undefined ? adminKeyMissing : adminKeyWrong;
  };

  const find = (idOrName: string): VirtualKey => {
    const key = store.find(idOrName);
    if (!key) throw noSuchKey(idOrName);
    return key;
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

      scope.get('/keys', (request, reply) => {
        const { after, limit } = readListQuery(request.query);
        const page = store.list({ afterName: after, limit: limit + 1 });
        const keys = page.slice(0, limit).map((key) => keyView(store, key, now()));
        return reply.send({ keys, next: page.length > limit ? (keys.at(-1)?.name ?? null) : null });
      });
      scope.post('/keys', (request, reply) => {
        const { key, secret } = store.create(readObject(request.body) as unknown as NewKey);
        return reply.code(201).send({ ...keyView(store, key, now()), secret });
      });
      scope.get<Id>('/keys/:id', (request, reply) => reply.send(keyView(store, find(request.params.id), now())));
      scope.patch<Id>('/keys/:id', (request, reply) => {
        const changed = store.update(request.params.id, readObject(request.body) as KeyChanges);
        return reply.send(keyView(store, changed, now()));
      });
      scope.delete<Id>('/keys/:id', (request, reply) => {
        store.delete(request.params.id);
        return reply.code(204).send();
      });
      scope.post<Id>('/keys/:id/rotate', (request, reply) => {
        const { key, secret } = store.rotate(request.params.id, readRotation(request.body));
        return reply.send({ ...keyView(store, key, now()), secret });
      });
      scope.get('/spending', (request, reply) => {
        const { period, since, limit, key } = readSpendingQuery(request.query, now());
        // One that was deleted is still found by its id.
        const keyId = key === undefined ? undefined : (store.find(key)?.id ?? key);
        store.spending.flush();
        const rows = store.spending.report({ period, since, keyId, limit: limit + 1 });
        return reply.send({
          period,
          spending: rows.slice(0, limit).map(spendingView),
          isComplete: rows.length <= limit,
        });
      });
      scope.get('/health', (_request, reply) => reply.send({ targets: health() }));
    },
    { prefix: '/admin/v1' },
  );
}

interface Id {
  readonly Params: { readonly id: string };
}
