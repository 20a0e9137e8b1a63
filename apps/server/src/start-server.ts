import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { costOf, estimateInputTokens, type Hotpath, openRunHistory, type Usage } from '@hotpath/runtime';
import type { RunControl } from '@hotpath/runtime/workflows';
import { fastify } from 'fastify';
import type { AdminKey } from './admin-key.ts';
import { withVersion } from './api-path.ts';
import type { BatchLimits } from './batches/limits.ts';
import { openWhenAsked } from './batches/open-when-asked.ts';
import { createOwners } from './batches/owner.ts';
import { createAccess } from './dashboard/access.ts';
import { registerDashboardPage } from './dashboard/page.ts';
import { type Observed, registerDashboardRoutes } from './dashboard/routes.ts';
import { createSessions } from './dashboard/sessions.ts';
import { nodeTooOld } from './errors.ts';
import { createGuard } from './guard.ts';
import { createHostCheck, registerHostCheck } from './host-check.ts';
import { createInFlight } from './in-flight.ts';
import { createCostEstimate } from './keys/estimate-cost.ts';
import { anonymousAllowed } from './keys/exposure.ts';
import { createGatekeeper } from './keys/gatekeeper.ts';
import type { KeyStore } from './keys/store.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createPathToken } from './path-token.ts';
import { refuseConnection, refusePath, registerRefusals } from './refusals.ts';
import { createRequestIds } from './request-id.ts';
import { registerAdminRoutes } from './routes/admin.ts';
import { registerAnswerRoutes } from './routes/answers.ts';
import { registerBatchScope } from './routes/batch-scope.ts';
import { registerBatchRoutes } from './routes/batches.ts';
import { registerFileRoutes } from './routes/files.ts';
import { registerHealthRoutes } from './routes/health.ts';
import { registerMessageBatchRoutes } from './routes/message-batches.ts';
import { registerMetricsRoute } from './routes/metrics.ts';
import { registerModelRoutes } from './routes/models.ts';
import { registerRunRoutes } from './routes/runs.ts';
import { createTenants } from './tenant.ts';

export interface ServerOptions {
  readonly hotpath: Hotpath;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 lets the system choose. @default 4000 */
  readonly port?: number;
  /** How many ports after a taken one to try. @default 0 */
  readonly furtherPorts?: number;
  /** Largest request body, bytes. @default 33,554,432 */
  readonly bodyLimitBytes?: number;
  /** Whose answers the cache may give to whom. @default "key" */
  readonly cacheScope?: 'key' | 'shared';
  /** How long a request may take to arrive, milliseconds; its headers half of that. @default 60,000 */
  readonly requestTimeoutMs?: number;
  /** How often a stream that waits for a batch gets a comment that keeps it alive, milliseconds. @default 15,000 */
  readonly commentMs?: number;
  /**
   * Answers only those who ask below `/<pathToken>`, at `RunningServer.url`; for a gateway of one process on a machine of
   * many users. Letters, digits, `-` and `_`. @default none
   */
  readonly pathToken?: string;
  /** Virtual keys: as soon as there is one, every request needs one. The caller closes it, after `hotpath`. @default none */
  readonly keys?: KeyStore;
  /** Opens `/admin/v1`, which needs `keys`. @default no admin API */
  readonly adminKey?: AdminKey;
  /** Whether the admin API answers other machines too. @default false */
  readonly adminRemote?: boolean;
  /**
   * Names other than those of this machine by which a server on loopback may be called while there is no key, such as the
   * one of a proxy in front of it, and asked for `/metrics`, `/healthz` and `/readyz` at any time; pages of theirs may ask too. In lower case. @default none
   */
  readonly allowedHosts?: readonly string[];
  /** Whether strangers may be answered while there is no key. @default false */
  readonly allowAnonymous?: boolean;
  /**
   * Files and batches, kept in `folder`, which several gateways may share; one of them works on the batches of all. Without
   * it, and without `node:sqlite`, they answer 501. @default none
   */
  readonly batches?: BatchLimits & { readonly folder: string };
  /**
   * What this process records, with the sources of router, cache and server started: `/metrics` tells of it, and so does the dashboard, to
   * this user on this machine and to whoever signs in with the admin key. The caller closes it.
   * @default no dashboard, and what is recorded for `/metrics` alone
   */
  readonly observed?: Observed;
  /** Of the program, told by `/healthz`. @default not told */
  readonly version?: string;
  /** Told of what failed in the background. */
  readonly onError?: (error: unknown) => void;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, with the path token where there is one; without a trailing slash. */
  readonly url: string;
  /**
   * Refuses new requests with 503, lets answers in flight finish for at most `graceMs`, then stops listening and cuts what
   * is left. Safe to call again, also to shorten the wait. Does not close the `hotpath` it was given.
   * @default graceMs 30,000
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts the gateway. Rejects with Node's `EADDRINUSE` where the port, and every further one, is taken, and with `KEYS_REQUIRED`
 * for an address that other machines reach where there is no key, and with `SERVER_NODE_TOO_OLD` before Node 22.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if (!Promise.withResolvers) throw nodeTooOld();
  const { hotpath, host = '127.0.0.1', port = 4000, furtherPorts = 0 } = options;
  const { bodyLimitBytes = 33_554_432, requestTimeoutMs = 60_000, commentMs = 15_000 } = options;
  const { keys, adminKey, allowAnonymous, allowedHosts = [], onError } = options;
  const { router } = hotpath;
  const cacheScope = options.cacheScope ?? 'key';
  const isOpen = anonymousAllowed({ host, hasKeys: keys?.hasKeys() ?? false, allowAnonymous });
  // Asked anew each time: the configuration may have other prices by then.
  const priceOf = (model: string, usage: Usage, provider: string): number | undefined =>
    costOf(hotpath.prices, model, usage, { provider });
  const gatekeeper =
    keys &&
    createGatekeeper(keys, {
      allowAnonymous: isOpen,
      anonymousTenant: createTenants(cacheScope),
      cacheScope,
      modelsOf: router.targetsOf,
      estimateUsd: createCostEstimate({
        costOf: priceOf,
        inputTokensOf: estimateInputTokens,
        longestAnswerOf: router.longestAnswerOf,
        callsAtOnce: router.callsAtOnce,
      }),
      onError,
    });
  const guard = createGuard(host, allowedHosts);
  let draining = false;
  const closing = (): boolean => draining;

  const requestIdOf = createRequestIds();
  const pathToken = options.pathToken === undefined ? undefined : createPathToken(options.pathToken);
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    clientErrorHandler: (fault, socket) => refuseConnection(fault, socket, requestIdOf({})),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (fault, request, reply) => refusePath(fault, request, reply, requestIdOf(request.headers)),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: 32_768,
      noDelay: true,
      headersTimeout: requestTimeoutMs / 2,
      connectionsCheckingInterval: Math.min(30_000, requestTimeoutMs / 2),
    },
    rewriteUrl: pathToken?.rewriteUrl ?? (({ url = '/' }) => withVersion(url)),
  });
  const checkHost = createHostCheck({ host, allowedHosts, hasKeys: () => keys?.hasKeys() ?? false });
  registerHostCheck(app, checkHost, requestIdOf);
  pathToken?.register(app);
  registerRefusals(app, bodyLimitBytes, requestIdOf);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const inFlight = createInFlight();
  const waiting = new Set<() => void>();
  registerAnswerRoutes(app, {
    router,
    cacheScope,
    inFlight,
    guard,
    closing,
    requestIdOf,
    costOf: priceOf,
    commentMs,
    waiting,
    ...(gatekeeper && { gatekeeper }),
  });
  registerModelRoutes(app, hotpath, gatekeeper);
  const batches = openWhenAsked(
    options.batches && {
      folder: options.batches.folder,
      limits: options.batches,
      router,
      gatekeeper,
      costOf: priceOf,
      newRequestId: () => requestIdOf({}),
      onError,
    },
  );
  const ownerOf = createOwners(cacheScope, gatekeeper);
  registerBatchScope(
    app,
    { batches: batches.open, ownerOf, guard, closing, requestIdOf, inFlight, onError },
    (scope) => {
      registerFileRoutes(scope);
      registerBatchRoutes(scope);
      registerMessageBatchRoutes(scope);
    },
  );
  const history = openRunHistory(hotpath.folders);
  let controlling: Promise<RunControl> | undefined;
  const control = (): Promise<RunControl> => {
    controlling ??= import('@hotpath/runtime/workflows').then(({ createRunControl }) =>
      createRunControl({ folders: hotpath.folders, hotpath, onError }),
    );
    return controlling;
  };
  const sessions = adminKey && createSessions({ adminKey });
  const access = options.observed && createAccess(sessions);
  if (options.observed && access) {
    const { version, observed, adminRemote: remote } = options;
    const seen = { hotpath, keys, sessions, access, guard, remote, waiting, commentMs, version, onError };
    registerDashboardRoutes(app, { ...seen, ...observed });
    registerDashboardPage(app);
  }
  if (keys && adminKey) {
    const { adminRemote: remote } = options;
    registerAdminRoutes(app, { store: keys, adminKey, health: router.health, guard, remote, onError });
    registerRunRoutes(app, { history, control, waiting, commentMs, adminKey, access, guard, remote, onError });
  }
  registerHealthRoutes(app, closing, options.version);
  const collector = options.observed?.telemetry.collector;
  const metrics = createMetrics({ hotpath, collector, costOf: priceOf, runningBatches: batches.running });
  registerMetricsRoute(app, metrics);
  await app.ready();

  const bound = await listen(app.server, host, port, furtherPorts).catch((error: unknown) => {
    metrics.close();
    history.close();
    throw error;
  });
  // The first request should not wait for the HTTP client to be loaded, nor the start for it.
  hotpath.router.prepare().catch(() => {});
  batches.resume();

  const drained = Promise.withResolvers<void>();
  let stopped: Promise<void> | undefined;
  /** Ends what no answer is waited for on: idle connections at once, requests that are still arriving a little later. */
  const stop = async (): Promise<void> => {
    const closed = app.close();
    // A connection kept alive after its last answer would hold the server open until its client lets go.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
    const cut = setTimeout(() => app.server.closeAllConnections(), lastWordsMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  };

  return {
    host,
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}${pathToken ? `/${options.pathToken}` : ''}`,
    async close({ graceMs = 30_000 } = {}) {
      draining = true;
      // A batch may take hours. What was submitted is gone on with after the next start.
      for (const sendAway of [...waiting]) sendAway();
      inFlight.whenIdle(drained.resolve);
      const patience = new AbortController();
      const limit = setTimeout(() => {
        drained.resolve();
        patience.abort();
      }, graceMs);
      await Promise.all([drained.promise, batches.close(patience.signal, drained.promise)]);
      clearTimeout(limit);
      stopped ??= stop().finally(async () => {
        await (await controlling)?.close();
        metrics.close();
        history.close();
      });
      await stopped;
    },
  };
}

/** For the last bytes of the last answers to be sent. */
const lastWordsMs = 250;

/** Node's 511 is too few where thousands of clients connect at once: those that do not fit are reset. The system may allow less. */
const backlog = 4_096;

async function listen(server: Server, host: string, port: number, furtherPorts: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port: port === 0 ? 0 : port + attempt, backlog }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || port === 0 || attempt >= furtherPorts || port + attempt >= 65_535) throw error;
    }
  }
}
