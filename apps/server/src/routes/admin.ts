import type { Router } from '@hotpath/runtime';
import type { FastifyInstance } from 'fastify';
import { noSuchKey } from '../keys/errors.ts';
import type { KeyStore } from '../keys/store.ts';
import { keyView, spendingView } from '../keys/view.ts';
import type { KeyChanges, NewKey, VirtualKey } from '../keys/virtual-key.ts';
import { readListQuery, readObject, readRotation, readSpendingQuery } from './admin-request.ts';
import { type AdminScopeOptions, registerAdminScope } from './admin-scope.ts';

export interface AdminRoutesOptions extends AdminScopeOptions {
  readonly store: KeyStore;
  /** How the providers' models fare. */
  readonly health: Router['health'];
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** `/admin/v1`: keys, what they spent, and the providers' health, for whoever has the admin key. */
export function registerAdminRoutes(app: FastifyInstance, options: AdminRoutesOptions): void {
  const { store, health, now = Date.now } = options;

  const find = (idOrName: string): VirtualKey => {
    const key = store.find(idOrName);
    if (!key) throw noSuchKey(idOrName);
    return key;
  };

  registerAdminScope(app, '/admin/v1', options, (scope) => {
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
  });
}

interface Id {
  readonly Params: { readonly id: string };
}
