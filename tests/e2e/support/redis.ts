import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';

/** The server's program, `undefined` where there is none. */
export const redisProgram = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/usr/bin/valkey-server'].find(
  (path) => existsSync(path),
);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** A Redis of our own, in memory alone, until the test file ends at the latest. */
export const startRedis = async (program: string): Promise<{ readonly url: string; stop(): void }> => {
  const port = await freePort();
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(program, settings, { stdio: ['ignore', 'pipe', 'ignore'] });
  const stop = () => void server.kill('SIGKILL');
  stops.push(stop);
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.includes('Ready to accept connections')) break;
  }
  server.stdout.resume();
  return { url: `redis://127.0.0.1:${port}`, stop };
};
