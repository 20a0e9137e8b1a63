// A fixture, no gateway: it answers the whole contract of the dashboard from made-up figures, the same for the same seed, for the
// tests of the page and for whoever works on it.
//
//   node apps/dashboard/dev/fixture-server.ts     then http://127.0.0.1:4180/dashboard/
//
// The address of the page says how it should be: `?empty` knows of nothing, `?signed-out` wants the key "admin", `?broken` answers
// with errors, `?slow` takes its time, `?off` keeps no events.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, sessionOf } from './fixture/answer.ts';
import { sendFile } from './fixture/files.ts';
import { createKeys } from './fixture/keys.ts';
import { createRuns } from './fixture/runs.ts';
import { createStreams } from './fixture/streams.ts';

export { requestAt } from './fixture/requests.ts';

export interface FixtureOptions {
  /** @default 0 any that is free */
  readonly port?: number;
  /** @default 1 */
  readonly seed?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

export interface FixtureServer {
  readonly url: string;
  /** Ends the open streams of events. */
  dropStreams(): void;
  close(): Promise<void>;
}

const slowMs = 800;
const api = '/api/';

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown> | undefined> => {
  if (request.method !== 'POST' && request.method !== 'PATCH') return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
};

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
};
const cookie = 'HttpOnly; SameSite=Strict; Path=/';
const done = (response: ServerResponse, setCookie: string): void =>
  void response.writeHead(204, { 'set-cookie': setCookie }).end();
const refuse = (response: ServerResponse, status: number, code: string, message: string): void =>
  send(response, status, { error: { code, message } });

export const startFixtureServer = async (options: FixtureOptions = {}): Promise<FixtureServer> => {
  const { port = 0, seed = 1, now = Date.now } = options;
  const runs = createRuns(now, seed);
  const world = { seed, runs, keys: createKeys(), isCleared: false };
  const streams = createStreams(runs, seed, now);

  const answerApi = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice(api.length).replace(/^dashboard\/v1\//, '');
    const how = URL.canParse(request.headers.referer ?? '')
      ? new URL(request.headers.referer ?? '').searchParams
      : new URLSearchParams();
    const body = await readBody(request);
    const isSignedIn = !how.has('signed-out') || request.headers.cookie?.includes('fixture=1') === true;
    if (request.method !== 'GET' && request.headers['x-hotpath-dashboard'] !== '1')
      return refuse(response, 403, 'DASHBOARD_HEADER_MISSING', 'Send the header "x-hotpath-dashboard: 1".');
    if (path === 'session' && request.method === 'DELETE') return done(response, `fixture=; Max-Age=0; ${cookie}`);
    if (path === 'session') {
      if (body === undefined) return send(response, 200, sessionOf(isSignedIn, !how.has('off')));
      if (body.key !== 'admin') return refuse(response, 401, 'ADMIN_KEY_WRONG', 'This is not the admin key.');
      return done(response, `fixture=1; ${cookie}`);
    }
    if (!isSignedIn) return refuse(response, 401, 'ADMIN_KEY_MISSING', 'Sign in with the admin key.');
    if (how.has('broken')) return refuse(response, 503, 'FIXTURE_BROKEN', 'The store of events cannot be read.');
    if (how.has('off') && /^(overview|compare|requests|anomalies)/.test(path))
      return refuse(response, 409, 'DASHBOARD_NO_STORE', 'No events are kept.');
    if (how.has('slow')) await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (path === 'live') return streams.live(response, how.has('empty'));
    const events = /^runs\/(.+)\/events$/.exec(path);
    if (events && runs.detail(decodeURIComponent(events[1] ?? '')))
      return streams.run(response, decodeURIComponent(events[1] ?? ''));
    const { method } = request;
    const found = answer(world, { path, query: url.searchParams, body, method, isEmpty: how.has('empty'), now: now() });
    if (typeof found === 'string') return refuse(response, 409, 'FIXTURE_REFUSED', found);
    if (found === null) return void response.writeHead(204).end();
    if (found === undefined) return refuse(response, 404, 'ADMIN_NOT_FOUND', 'There is no such path.');
    return send(response, 200, found);
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fixture');
    if (url.pathname.startsWith(api)) {
      void answerApi(request, response, url).catch((error: unknown) =>
        refuse(response, 500, 'FIXTURE_FAILED', String(error)),
      );
    } else if (url.pathname.startsWith('/dashboard/')) sendFile(url.pathname.slice('/dashboard/'.length), response);
    else response.writeHead(302, { location: '/dashboard/' }).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropStreams: streams.drop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

if (process.argv[1] === import.meta.filename) {
  const { url } = await startFixtureServer({ port: Number(process.env.PORT ?? 4180) });
  process.stdout.write(`A fixture with made-up figures: ${url}/dashboard/\n`);
}
