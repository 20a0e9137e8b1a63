import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hotpath } from '@hotpath/runtime';
import { fastify } from 'fastify';
import { refuseConnection, registerRefusals } from './refusals.ts';
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
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /**
   * Stops taking connections, lets answers in flight finish for at most `graceMs`, then cuts what is left. Safe to call
   * again, also to shorten the wait. Does not close the `hotpath` it was given. @default graceMs 30,000
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Starts the gateway. Rejects with Node's `EADDRINUSE` where the port, and every further one, is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { hotpath, host = '127.0.0.1', port = 4000, furtherPorts = 0, bodyLimitBytes = 33_554_432 } = options;
  let draining = false;
  const closing = (): boolean => draining;

  const app = fastify({
    bodyLimit: bodyLimitBytes,
    clientErrorHandler: refuseConnection,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: 32_768, noDelay: true, headersTimeout: 30_000 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  registerAnswerRoutes(app, { router: hotpath.router, cacheScope: options.cacheScope ?? 'key', closing });
  registerModelRoutes(app, hotpath.router);
  registerHealthRoutes(app, closing);
  registerRefusals(app, bodyLimitBytes);
  await app.ready();

  const bound = await listen(app.server, host, port, furtherPorts);
  // The first request should not wait for the HTTP client to be loaded, nor the start for it.
  hotpath.router.prepare().catch(() => {});

  let stopped: Promise<void> | undefined;
  return {
    host,
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close({ graceMs = 30_000 } = {}) {
      draining = true;
      stopped ??= app.close();
      const limit = setTimeout(() => app.server.closeAllConnections(), graceMs);
      // A connection kept alive after its last answer would hold the server open until its client lets go.
      const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
      await stopped;
      clearTimeout(limit);
      clearInterval(sweep);
    },
  };
}

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
