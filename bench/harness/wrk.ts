import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./wrk.lua', import.meta.url));
const run = promisify(execFile);

export interface WrkOptions {
  readonly port: number;
  readonly path: string;
  /** A file with the request's body. */
  readonly bodyFile: string;
  /** Six characters that make this window's requests differ from every other window's; undefined sends the body as it is. */
  readonly tag: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  readonly core: number;
}

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** Throws when wrk is missing, and says how to get it. */
export const requireWrk = (): void => {
  if (spawnSync('wrk', ['--version']).error === undefined) return;
  throw new Error(
    'wrk is missing: it makes the load of this bench. Install it (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk) and try again.',
  );
};

/** Loads one side in a closed loop. Rejects when any request failed: a bench of errors measures nothing. */
export const runWrk = async (options: WrkOptions): Promise<WrkResult> => {
  const { port, path, bodyFile, tag = 'fixed-', headers, connections, seconds, core } = options;
  const { stdout } = await run('taskset', [
    '-c',
    String(core),
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}`,
    '--',
    path,
    bodyFile,
    tag,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]);
  const line = /RESULT (\{.*\})/.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk gave no result:\n${stdout}`);
  const { requests, durationUs, failures, p50Us, p99Us, maxUs } = JSON.parse(line);
  if (failures > 0 || requests === 0)
    throw new Error(`${failures} of ${requests} requests to port ${port} failed:\n${stdout}`);
  return { requests, requestsPerSecond: requests / (durationUs / 1e6), p50Us, p99Us, maxUs };
};
