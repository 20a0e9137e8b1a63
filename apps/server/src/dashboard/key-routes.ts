import type { GroupView, Telemetry } from '@hotpath/runtime/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noSuchKey } from '../keys/errors.ts';
import type { IssuedKey, KeyStore } from '../keys/store.ts';
import type { KeyChanges, NewKey, VirtualKey } from '../keys/virtual-key.ts';
import { AdminFault, refuse } from '../routes/admin-error.ts';
import { readNothing, readObject, readRotation } from '../routes/admin-request.ts';
import { isLocal } from '../routes/admin-scope.ts';
import type { ChangedKeyView, KeysView } from './contract.ts';
import { dashboardKeyView, keysView } from './keys.ts';

export interface KeyRoutesOptions {
  readonly keys: KeyStore | undefined;
  /** Undefined where no events are kept. */
  readonly ask: Telemetry['ask'];
  /** Whether keys may be changed from other machines too, as by the admin API. */
  readonly remote: boolean;
  readonly now: () => number;
}

interface Id {
  readonly Params: { readonly id: string };
}

const monthMs = 30 * 24 * 3_600_000;

const noKeys = refuse(
  409,
  'DASHBOARD_NO_KEYS',
  'This gateway has no keys: they need node:sqlite. Start it with Node 22.18 or newer.',
);
const notFromHere = refuse(
  403,
  'ADMIN_NOT_LOCAL',
  'Keys are changed on the machine of the gateway alone: on this page there, or with hotpath keys. Programs allow it elsewhere with the option "adminRemote".',
);

/** What the page shows of keys, and how it changes them: in the words of `/admin/v1/keys`. */
export const registerKeyRoutes = (scope: FastifyInstance, { keys, ask, remote, now }: KeyRoutesOptions): void => {
  const mayChange = (request: FastifyRequest): boolean => keys !== undefined && (remote || isLocal(request));
  const changeable = (request: FastifyRequest): KeyStore => {
    if (keys === undefined) throw new AdminFault(noKeys);
    if (!mayChange(request)) throw new AdminFault(notFromHere);
    return keys;
  };
  const used = async (key?: string): Promise<readonly GroupView[]> => {
    const range = { fromMs: now() - monthMs, toMs: now() + 1, ...(key !== undefined && { where: { key } }) };
    return (await ask?.('groups', { kind: 'request', ...range, by: ['key'], spreads: [] })) ?? [];
  };
  const viewOf = async (store: KeyStore, key: VirtualKey, isChangeable = true): Promise<ChangedKeyView> => {
    // What was changed is told, whatever becomes of the figure beside it.
    const [group] = await used(key.id).catch(() => []);
    return { version: 1, mayChange: isChangeable, key: dashboardKeyView(store, key, group?.count ?? 0, now()) };
  };
  const issued = async (store: KeyStore, { key, secret }: IssuedKey): Promise<ChangedKeyView> => ({
    ...(await viewOf(store, key)),
    secret,
  });

  scope.get('/keys', async (request, reply) => {
    const none: KeysView = { version: 1, mayChange: false, keys: [] };
    return reply.send(keys ? keysView(keys, await used(), now(), mayChange(request)) : none);
  });
  scope.post('/keys', async (request, reply) => {
    const store = changeable(request);
    const made = store.create(readObject(request.body) as unknown as NewKey);
    return reply.code(201).send(await issued(store, made));
  });
  scope.patch<Id>('/keys/:id', async (request, reply) => {
    const store = changeable(request);
    return reply.send(await viewOf(store, store.update(request.params.id, readObject(request.body) as KeyChanges)));
  });
  scope.post<Id>('/keys/:id/rotate', async (request, reply) => {
    const store = changeable(request);
    return reply.send(await issued(store, store.rotate(request.params.id, readRotation(request.body))));
  });
  scope.delete<Id>('/keys/:id', (request, reply) => {
    const store = changeable(request);
    readNothing(request.body);
    store.delete(request.params.id);
    return reply.code(204).send();
  });
  scope.get<Id>('/keys/:id', async (request, reply) => {
    const key = keys?.find(request.params.id);
    if (keys === undefined || key === undefined) throw noSuchKey(request.params.id);
    return reply.send(await viewOf(keys, key, mayChange(request)));
  });
};
