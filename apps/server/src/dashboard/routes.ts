import type { Hotpath } from '@hotpath/runtime';
import type { Alerts, Telemetry } from '@hotpath/runtime/telemetry';
import type { FastifyInstance } from 'fastify';
import type { KeyStore } from '../keys/store.ts';
import { AdminFault, bodyInvalid, queryInvalid, refuse } from '../routes/admin-error.ts';
import { readObject } from '../routes/admin-request.ts';
import { alertsView } from './alerts.ts';
import { createAnomalies } from './anomalies.ts';
import { cacheView, invalidate } from './cache.ts';
import { deleteContent, listContent, showContent } from './content.ts';
import type { SessionView } from './contract.ts';
import { createEconomyLog, economyView } from './economy.ts';
import { registerKeyRoutes } from './key-routes.ts';
import { limitViews } from './limits.ts';
import type { Live } from './live.ts';
import { streamLive } from './live-events.ts';
import { compareView, overviewView } from './overview.ts';
import { pluginsView } from './plugins.ts';
import { providersView } from './providers.ts';
import { longestMs, readRange } from './read-query.ts';
import { findRequest, listRequests } from './requests.ts';
import { type DashboardScopeOptions, registerDashboardScope } from './scope.ts';
import type { Sessions } from './sessions.ts';

/** What the dashboard is told of. */
export interface Observed {
  readonly telemetry: Pick<Telemetry, 'ask' | 'collector'> & Partial<Pick<Telemetry, 'content'>>;
  readonly live: Live;
  /** @default none */
  readonly alerts?: Pick<Alerts, 'list'> | undefined;
}

export interface DashboardRoutesOptions extends DashboardScopeOptions, Observed {
  /** Asked anew each time: the configuration may be replaced. */
  readonly hotpath: Pick<Hotpath, 'cache' | 'router' | 'plugins' | 'prices' | 'simulated'>;
  readonly keys: KeyStore | undefined;
  /** Undefined where there is no admin key: then this user alone is let in. */
  readonly sessions: Sessions | undefined;
  /** Whether keys may be changed from other machines too. @default false */
  readonly remote?: boolean | undefined;
  /** What sends away those who wait for events, for the end of the server. */
  readonly waiting: Set<() => void>;
  /** Keeps a stream of events alive, milliseconds. */
  readonly commentMs: number;
  /** Of the program. */
  readonly version: string | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const prefix = '/api/dashboard/v1';
const hourMs = 3_600_000;
const mostPerPage = 500;

const noStore = refuse(
  409,
  'DASHBOARD_NO_STORE',
  'No events are kept, so that there is only what happens now. Remove "telemetry.enabled: false" from the configuration and start again.',
);
const wrongKey = refuse(
  401,
  'DASHBOARD_KEY_WRONG',
  'This is not the admin key. It is HOTPATH_ADMIN_KEY, or in the file admin.key of the state folder.',
);
const tooManyKeys = refuse(
  429,
  'DASHBOARD_KEYS_TRIED',
  'This is not the admin key, and neither were 20 others from your address within a minute. It is HOTPATH_ADMIN_KEY, or in the file admin.key of the state folder.',
);

const numberIn = (query: unknown, name: string, usual: number | undefined, most: number): number | undefined => {
  const given = ((query ?? {}) as Readonly<Record<string, unknown>>)[name];
  if (given === undefined) return usual;
  const number = Number(given);
  if (Number.isSafeInteger(number) && number >= 1 && number <= most) return number;
  throw new AdminFault(queryInvalid(name, `must be a whole number from 1 to ${most}.`));
};

/** `/api/dashboard/v1`: what `contract.ts` says, for the page and whoever else reads it. */
export const registerDashboardRoutes = (app: FastifyInstance, options: DashboardRoutesOptions): void => {
  const {
    hotpath,
    keys,
    sessions,
    telemetry,
    live,
    alerts,
    waiting,
    commentMs,
    version,
    access,
    remote = false,
    now = Date.now,
  } = options;
  const anomalies = createAnomalies(now);
  const economy = createEconomyLog(now);
  app.addHook('onClose', async () => economy.close());
  const asking = (): NonNullable<Telemetry['ask']> => {
    if (telemetry.ask === undefined) throw new AdminFault(noStore);
    return telemetry.ask;
  };

  registerDashboardScope(app, prefix, options, (scope) => {
    scope.get('/session', (request, reply) => {
      const view: SessionView = {
        version: 1,
        ...(version !== undefined && { program: version }),
        isSignedIn: access(request) === undefined,
        hasStore: telemetry.ask !== undefined,
        hasKeys: keys !== undefined,
        isSimulated: hotpath.simulated,
      };
      return reply.send(view);
    });
    scope.post('/session', (request, reply) => {
      const { key, ...others } = readObject(request.body);
      if (typeof key !== 'string' || Object.keys(others).length > 0)
        throw new AdminFault(bodyInvalid('it takes "key" alone.'));
      const isSecure = request.headers['x-forwarded-proto'] === 'https';
      const opened = sessions?.open(key, request.raw.socket.remoteAddress ?? '', isSecure) ?? 'wrong';
      if (typeof opened === 'string') throw new AdminFault(opened === 'wrong' ? wrongKey : tooManyKeys);
      return reply.header('set-cookie', opened.cookie).code(204).send();
    });
    scope.delete('/session', (request, reply) => {
      if (sessions) reply.header('set-cookie', sessions.close(request.headers));
      return reply.code(204).send();
    });

    const nameOf = (id: string): string | undefined => (id === '' ? undefined : keys?.find(id)?.name);
    scope.get('/overview', async (request, reply) =>
      reply.send(overviewView(await asking()('overview', readRange(request.query, now())), nameOf, hotpath.prices)),
    );
    scope.get('/compare', async (request, reply) => {
      const ask = asking();
      const current = readRange(request.query, now());
      const lengthMs = current.toMs - current.fromMs;
      const names = { from: 'baselineFrom', to: 'baselineTo' };
      const baseline = readRange(request.query, current.fromMs, names, lengthMs);
      const [before, after, comparison] = await Promise.all([
        ask('overview', baseline),
        ask('overview', current),
        ask('compare', { baseline, current }),
      ]);
      return reply.send(compareView(before, after, comparison));
    });
    const pageOf = (query: unknown, usualMs?: number) => {
      const { search } = query as { readonly search?: unknown };
      return {
        ...readRange(query, now(), undefined, usualMs),
        limit: numberIn(query, 'limit', 100, mostPerPage) as number,
        before: numberIn(query, 'before', undefined, Number.MAX_SAFE_INTEGER),
        search: typeof search === 'string' && search !== '' ? search : undefined,
      };
    };
    scope.get('/requests', async (request, reply) => reply.send(await listRequests(asking(), pageOf(request.query))));
    scope.get('/content', async (request, reply) =>
      reply.send(await listContent(telemetry.content, pageOf(request.query, longestMs))),
    );
    scope.get<{ readonly Params: { readonly id: string } }>('/content/:id', async (request, reply) =>
      reply.send(await showContent(telemetry.content, request.params.id)),
    );
    scope.post('/content/delete', async (request, reply) =>
      reply.send(await deleteContent(telemetry.content, request.body, now())),
    );
    scope.get<{ readonly Params: { readonly event: string } }>('/requests/:event', async (request, reply) =>
      reply.send(await findRequest(asking(), telemetry.content, request.params.event, hotpath.prices, now(), nameOf)),
    );
    scope.get('/providers', async (_request, reply) => {
      const range = { fromMs: now() - hourMs, toMs: now() + 1 };
      const by = ['provider', 'model', 'outcome', 'code'];
      const attempts = (await telemetry.ask?.('groups', { kind: 'attempt', ...range, by })) ?? [];
      return reply.send(providersView(hotpath.router.health(), attempts, limitViews(hotpath.router.limits(), nameOf)));
    });
    scope.get('/cache', async (_request, reply) => reply.send(await cacheView(hotpath.cache, telemetry.ask, now())));
    scope.post('/cache/invalidate', async (request, reply) => {
      await invalidate(hotpath.cache, request.body);
      return reply.send({ version: 1, removed: null });
    });
    registerKeyRoutes(scope, { keys, ask: telemetry.ask, remote, now });
    scope.get('/alerts', (_request, reply) => reply.send(alertsView(alerts)));
    scope.get('/anomalies', async (_request, reply) => reply.send(await anomalies(asking())));
    scope.get('/economy', (_request, reply) => reply.send(economyView(hotpath.router.economy(), economy)));
    scope.get('/plugins', async (_request, reply) => reply.send(await pluginsView(hotpath.plugins)));
    scope.get('/live', (request, reply) => {
      reply.hijack();
      const { raw: response } = reply;
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const sendAway = streamLive(response, live, { commentMs, mayListen: () => access(request) === undefined });
      waiting.add(sendAway);
      response.once('close', () => waiting.delete(sendAway));
    });
  });
};
