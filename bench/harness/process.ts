import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { treeCpuMs, treeMemory } from './machine.ts';

export interface LaunchOptions {
  readonly name: string;
  /** Arguments of this same Node; the script first. */
  readonly args: readonly string[];
  readonly core: number;
  /** Answers 200 once the process is ready. */
  readonly readyUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own flags, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  /** Files and sockets that the process may have open. @default as many as this one */
  readonly openFiles?: number | undefined;
  /** @default 20000 */
  readonly timeoutMs?: number;
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  /** From spawn until the first 200. */
  readonly readyMs: number;
  cpuMs(): number;
  memory(): { readonly rssMb: number; readonly peakMb: number };
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was given. Try again.');
  return address.port;
};

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = request(url, { agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(timer);
};

/** How many of so many files and sockets a process started from here may have open. */
export const filesAllowed = (wanted: number): number => {
  const { stdout } = spawnSync('sh', ['-c', `ulimit -n ${wanted} 2> /dev/null; ulimit -n "$(ulimit -Hn)"; ulimit -n`]);
  const limit = String(stdout).trim();
  return limit === 'unlimited' ? wanted : Math.min(wanted, Number(limit));
};

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process on its own core and waits until it answers. It never outlives this one. Rejects with the end of its output when it does not. */
export const launch = async (options: LaunchOptions): Promise<Running> => {
  const { name, args, core, readyUrl, env = {}, nodeFlags = [], openFiles, timeoutMs = 20_000 } = options;
  const started = performance.now();
  const pinned = ['taskset', '-c', String(core), process.execPath, ...nodeFlags, ...args];
  // A limit is inherited: the shell raises its own, then becomes the process.
  const shell = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'sh'];
  const [program = '', ...programArgs] = [...shell, ...pinned];
  const child = spawn(program, programArgs, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  const keep = (bytes: Buffer): void => {
    output = `${output}${bytes}`.slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} did not start: is taskset installed? It comes with util-linux.`);

  while (!(await answers(readyUrl))) {
    if (child.exitCode !== null)
      throw new Error(`${name} ended with code ${child.exitCode} before it was ready:\n${output}`);
    if (performance.now() - started > timeoutMs) {
      await stopChild(child);
      throw new Error(`${name} did not answer ${readyUrl} within ${timeoutMs} ms:\n${output}`);
    }
    await delay(1);
  }
  return {
    name,
    pid,
    readyMs: performance.now() - started,
    cpuMs: () => treeCpuMs(pid),
    memory: () => treeMemory(pid),
    stop: () => stopChild(child),
  };
};
