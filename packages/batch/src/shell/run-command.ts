import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { createOutput } from './output.ts';

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | undefined;
  readonly signal: AbortSignal;
  /** Each line of both outputs, as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Bytes of each output that are kept. @default 16 MiB */
  readonly maxBytes?: number | undefined;
}

export interface CommandResult {
  readonly exitCode: number | undefined;
  /** What ended it, if not itself. */
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether stdout was longer than what is kept of it. */
  readonly isCut: boolean;
}

/** What is kept of each output if not said otherwise, bytes. */
export const maxOutputBytes = 16 * 2 ** 20;

/** How long a command may take to end when it is asked to, milliseconds. */
const patienceMs = 2000;

/** How long what it has started may still write to its outputs when it has ended, milliseconds. */
const graceMs = 1000;

/** The file by which a script of this folder sees that this process has ended, however that came: there is no more to read then. */
export const watchFile = 3;

/**
 * Runs a program and all that it starts, in a process group of its own; aborted, they are asked to end, and made to after two seconds.
 * What of the group is left a second after its end is ended. Rejects where it cannot be started.
 */
export const runCommand = (
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, stdin, signal, onLine, maxBytes = maxOutputBytes }: CommandOptions,
): Promise<CommandResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const isWindows = process.platform === 'win32';
  const child = spawn(program, args, {
    cwd,
    env,
    // A group of its own, so that all of it can be ended.
    detached: !isWindows,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', isWindows ? 'ignore' : 'pipe'],
    windowsHide: true,
  });
  const stdout = createOutput(maxBytes, onLine);
  const stderr = createOutput(maxBytes, onLine);
  const kill = (name: 'SIGTERM' | 'SIGKILL'): void => {
    if (child.pid === undefined) return;
    try {
      if (isWindows) child.kill(name);
      else process.kill(-child.pid, name);
    } catch {
      // All of it has ended.
    }
  };
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number, work: () => void): void => void timers.push(setTimeout(work, ms));
  const onAbort = (): void => {
    kill('SIGTERM');
    later(patienceMs, () => kill('SIGKILL'));
  };
  const leave = (): void => {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  const watch = child.stdio[watchFile] as Duplex | null | undefined;
  watch?.on('error', () => {});
  child.stdout?.on('data', stdout.add);
  child.stderr?.on('data', stderr.add);
  // A command need not read what it is given.
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
  child.once('error', (error) => {
    leave();
    reject(error);
  });
  child.once('exit', () => {
    watch?.destroy();
    // What holds its outputs may be what is to write the rest of them, or be there to stay.
    later(graceMs, () => {
      kill('SIGKILL');
      later(graceMs / 10, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        child.stdin?.destroy();
      });
    });
  });
  child.once('close', (exitCode, ended) => {
    leave();
    // What it left in the background would change files that are being looked at.
    kill('SIGKILL');
    stdout.end();
    stderr.end();
    resolve({
      exitCode: exitCode ?? undefined,
      signal: ended ?? undefined,
      stdout: stdout.text(),
      stderr: stderr.text(),
      isCut: stdout.isCut(),
    });
  });
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
};
