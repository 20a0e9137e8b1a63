import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const cli = fileURLToPath(new URL('../../../apps/cli/dist/hotpath.js', import.meta.url));

const unstopped = new Set<() => Promise<unknown>>();
afterAll(async () => {
  await Promise.all([...unstopped].map((stop) => stop()));
});

export interface Gateway {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it wrote to standard error. */
  readonly complaints: () => string;
  /** Sends a signal and resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts the built `hotpath serve` as a user would, in a state folder of its own unless `home` names one. What a test does
 * not stop, as where it failed, is killed when its file ends.
 */
export async function startGateway(
  environment: Readonly<Record<string, string>>,
  options: { readonly home?: string; readonly port?: readonly string[] } = {},
): Promise<Gateway> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'hotpath-e2e-')));
  const child = spawn(process.execPath, [cli, 'serve', ...(options.port ?? ['--port', '0']), '--json'], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, HOTPATH_HOME: home, OLLAMA_HOST: '127.0.0.1:1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  const ended = once(child, 'exit');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null) child.kill(signal);
    const [code] = (await ended) as [number | null];
    unstopped.delete(kill);
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
    return code;
  };
  const kill = () => stop('SIGKILL');
  unstopped.add(kill);
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error(`hotpath serve ended before it was ready:\n${complaints}`))),
  ]);
  const { url } = JSON.parse(line as string) as { url: string };
  return {
    url,
    process: child,
    complaints: () => complaints,
    stop,
  };
}

/** The environment that points both providers at an upstream. */
export const upstreamEnvironment = (url: string): Record<string, string> => ({
  OPENAI_API_KEY: 'sk-upstream',
  OPENAI_BASE_URL: `${url}/v1`,
  ANTHROPIC_API_KEY: 'sk-ant-upstream',
  ANTHROPIC_BASE_URL: url,
});
