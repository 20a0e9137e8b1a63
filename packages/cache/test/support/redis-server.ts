import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Redis of our own that the test may kill, hold and start again. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** As `kill -9` does it. Its data stay. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It accepts connections and answers nothing. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', ...(process.env.PATH ?? '').split(':')];
const find = (program: string): string | undefined =>
  places.map((folder) => join(folder, program)).find((path) => existsSync(path));

/** The server's program, which `install-redis.ts` has put in place where that is possible. `undefined`: there is none. */
export const findRedis = (): string | undefined => find('redis-server') ?? find('valkey-server');

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(address)));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('error', () => end(false));
    socket.once('data', (reply) => end(reply.toString().startsWith('+PONG')));
    socket.write('PING\r\n');
  });

const untilUp = async (port: number): Promise<void> => {
  const endsAt = performance.now() + 15_000;
  while (!(await answers(port))) {
    if (performance.now() > endsAt) throw new Error(`redis-server on port ${port} did not start.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

export const startRedis = async (program: string): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    child = spawn(program, [...settings, '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' });
    await untilUp(port);
  };
  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined) return;
    const gone = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A Redis whose data do not matter and that nobody disturbs: that of the environment where one is given, else our own. */
export const useRedis = async (program: string | undefined): Promise<Pick<RedisServer, 'url' | 'stop'>> => {
  const given = process.env.HOTPATH_TEST_REDIS;
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() };
  if (program === undefined) return { url: '', stop: () => Promise.resolve() };
  return startRedis(program);
};
