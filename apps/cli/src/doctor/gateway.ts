import { createServer } from 'node:net';
import { version } from '../version.ts';
import { type Check, failed, ok, warned } from './check.ts';

const patienceMs = 2_000;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });

const ask = async (url: string): Promise<{ readonly status: number; readonly body: unknown } | undefined> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return { status: answer.status, body: await answer.json().catch(() => undefined) };
  } catch {
    return undefined;
  }
};

const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;

/** Whether a gateway can start on its usual port, or which one runs there. */
export const checkGateway = async (port: number): Promise<Check> => {
  const code = 'GATEWAY';
  if (await isFree(port)) return ok(code, `port ${port} is free for "hotpath serve".`);
  const url = `http://127.0.0.1:${port}`;
  const health = await ask(`${url}/healthz`);
  if (health === undefined || fieldOf(health.body, 'status') !== 'ok') {
    return warned(
      code,
      `something else listens on port ${port}.`,
      'Stop it, or give the gateway another port: --port, HOTPATH_PORT or server.port.',
    );
  }
  if ((await ask(`${url}/readyz`))?.status !== 200) {
    return failed(
      code,
      `the gateway at ${url} takes no requests: it is about to stop.`,
      'Wait for its end, then start it again.',
    );
  }
  const running = fieldOf(health.body, 'version');
  if (running === version) return ok(code, `a gateway of this version runs at ${url} and is well.`);
  const told = typeof running === 'string' ? `version ${running}` : 'an unknown version';
  return warned(
    code,
    `a gateway of ${told} runs at ${url}, and this is ${version}.`,
    'Start it again with this version.',
  );
};
