import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const entry = fileURLToPath(new URL('../dist/hotpath.js', import.meta.url));
if (!existsSync(entry)) throw new Error(`${entry} is missing. Build first: npm run build.`);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  write(name: string, text: string): string;
  start(
    args: readonly string[],
    options?: {
      readonly environment?: Readonly<Record<string, string>>;
      readonly nodeArgs?: readonly string[];
      /** Without the terminal that the tests may run on. */
      readonly detached?: boolean;
    },
  ): ChildProcessWithoutNullStreams;
  run(
    args: readonly string[],
    options?: {
      readonly environment?: Readonly<Record<string, string>>;
      readonly input?: string;
      readonly nodeArgs?: readonly string[];
    },
  ): Promise<Outcome>;
}

/** Resolves when the process has ended, with all that it wrote. */
export const outcomeOf = (child: ChildProcessWithoutNullStreams): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

/** Resolves when a stream of the process has said something that matches. */
export const heard = (stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
    stream.on('end', () => reject(new Error(`ended without ${pattern}: ${text}`)));
  });

/** What every command warns of on such a machine: `OLLAMA_HOST` must name a closed port to keep a real one out. */
export const noOllama = expect.objectContaining({ code: 'OLLAMA_SILENT' });

const folders: string[] = [];
const running = new Set<ChildProcessWithoutNullStreams>();

afterAll(async () => {
  const ends = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Compiled code of all machines of a run: with a cache each, nearly all of their time goes into compiling. */
const compiledCode = join(tmpdir(), 'node-compile-cache');

/**
 * A machine on which nothing is set up: an empty home and working folder, no keys, no Ollama, no terminal. It is gone, with
 * what still runs on it, when the test file ends.
 */
export const freshMachine = (more: Readonly<Record<string, string>> = {}): Machine => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-cli-'));
  folders.push(folder);
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    HOTPATH_HOME: join(folder, 'home'),
    OLLAMA_HOST: '127.0.0.1:1',
    NODE_COMPILE_CACHE: compiledCode,
    ...more,
  };
  const start: Machine['start'] = (args, options = {}) => {
    const child = spawn(process.execPath, [...(options.nodeArgs ?? []), entry, ...args], {
      cwd: folder,
      env: { ...environment, ...options.environment },
      detached: options.detached === true,
    });
    running.add(child);
    return child.once('exit', () => running.delete(child));
  };
  return {
    folder,
    environment,
    write(name, text) {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    },
    start,
    run(args, options = {}) {
      const child = start(args, options);
      child.stdin.on('error', () => {}).end(options.input ?? '');
      return outcomeOf(child);
    },
  };
};
