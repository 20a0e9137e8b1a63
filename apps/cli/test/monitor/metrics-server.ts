import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTraffic, type Traffic } from './traffic.ts';

/** What looks like a gateway to the monitor. */
export interface MetricsServer {
  readonly url: string;
  readonly traffic: Traffic;
  /** Headers of the last request for metrics. */
  headers(): IncomingHttpHeaders;
  /** How often it was asked for them. */
  asked(): number;
  /** Goes away: nothing listens there any more. */
  stop(): Promise<void>;
  /** Comes back to the same port. */
  start(): Promise<void>;
}

export const startMetricsServer = async (): Promise<MetricsServer> => {
  const traffic = createTraffic();
  traffic.pass(30);
  let port = 0;
  let server: Server;
  let count = 0;
  let last: IncomingHttpHeaders = {};
  const start = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer(({ url, headers }, response) => {
        if (url === '/healthz') {
          response.end('{"status":"ok"}');
          return;
        }
        last = headers;
        count += 1;
        traffic.pass(1);
        response.end(traffic.metrics());
      });
      server.listen({ port, host: '127.0.0.1' }, () => {
        ({ port } = server.address() as AddressInfo);
        resolve();
      });
    });
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    traffic,
    headers: () => last,
    asked: () => count,
    start,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
