import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hotpath } from '@hotpath/runtime';
import { fastify } from 'fastify';
import { createGuard } from './guard.ts';
import { createInFlight } from './in-flight.ts';
import { refuseConnection, refusePath, registerRefusals } from './refusals.ts';
import { registerAnswerRoutes } from './routes/answers.ts';
import { registerHealthRoutes } from './routes/health.ts';
import { registerModelRoutes } from './routes/models.ts';

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
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /**
   * Refuses new requests with 503, lets answers in flight finish for at most `graceMs`, then stops listening and cuts what
   * is left. Safe to call again, also to shorten the wait. Does not close the `hotpath` it was given.
   * @default graceMs 30,000
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Starts the gateway. Rejects with Node's `EADDRINUSE` where the port, and every further one, is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { hotpath, host = '127.0.0.1', port = 4000, furtherPorts = 0 } = options;
  const { bodyLimitBytes = 33_554_432, requestTimeoutMs = 60_000 } = options;
  let draining = false;
  const closing = (): boolean => draining;

  const app = fastify({
    bodyLimit: bodyLimitBytes,
    clientErrorHandler: refuseConnection,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: refusePath,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: 32_768,
      noDelay: true,
      headersTimeout: requestTimeoutMs / 2,
      connectionsCheckingInterval: Math.min(30_000, requestTimeoutMs / 2),
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const inFlight = createInFlight();
  registerAnswerRoutes(app, {
    router: hotpath.router,
    cacheScope: options.cacheScope ?? 'key',
    inFlight,
    guard: createGuard(host),
    closing,
  });
  registerModelRoutes(app, hotpath.router);
  registerHealthRoutes(app, closing);
  registerRefusals(app, bodyLimitBytes);
  await app.ready();

  const bound = await listen(app.server, host, port, furtherPorts);
  // The first request should not wait for the HTTP client to be loaded, nor the start for it.
  hotpath.router.prepare().catch(() => {});

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
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close({ graceMs = 30_000 } = {}) {
      draining = true;
      inFlight.whenIdle(drained.resolve);
      const limit = setTimeout(drained.resolve, graceMs);
      await drained.promise;
      clearTimeout(limit);
      stopped ??= stop();
      await stopped;
    },
  };
}

/** For the last bytes of the last answers to be sent. */
const lastWordsMs = 250;

async function listen(server: Server, host: string, port: number, furtherPorts: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port: port === 0 ? 0 : port + attempt }, () => {
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
