import { spawn } from 'node:child_process';

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
  /** Whether an output was longer than what is kept of it. */
  readonly isCut: boolean;
}

/** How long a command may take to end when it is asked to, milliseconds. */
const patienceMs = 2000;

interface Output {
  add(chunk: Buffer): void;
  text(): string;
  isCut(): boolean;
}

/** Keeps the first bytes, and hands lines on. */
const createOutput = (maxBytes: number, onLine: ((line: string) => void) | undefined): Output => {
  const chunks: Buffer[] = [];
  const decoder = new TextDecoder();
  let bytes = 0;
  let rest = '';
  return {
    add(chunk) {
      if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      if (onLine === undefined) return;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    isCut: () => bytes > maxBytes,
  };
};

/** Runs a program and all that it starts; aborted, they are asked to end, and made to after two seconds. Rejects where it cannot be started. */
export const runCommand = (
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, stdin, signal, onLine, maxBytes = 16 * 2 ** 20 }: CommandOptions,
): Promise<CommandResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const isWindows = process.platform === 'win32';
  const child = spawn(program, args, {
    cwd,
    env,
    // A group of its own, so that all of it can be ended.
    detached: !isWindows,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
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
  let patience: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    kill('SIGTERM');
    patience = setTimeout(() => kill('SIGKILL'), patienceMs);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const leave = (): void => {
    clearTimeout(patience);
    signal.removeEventListener('abort', onAbort);
  };
  child.stdout?.on('data', stdout.add);
  child.stderr?.on('data', stderr.add);
  // A command need not read what it is given.
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
  child.once('error', (error) => {
    leave();
    reject(error);
  });
  child.once('close', (exitCode, ended) => {
    leave();
    // What it left in the background would change files that are being looked at.
    kill('SIGKILL');
    resolve({
      exitCode: exitCode ?? undefined,
      signal: ended ?? undefined,
      stdout: stdout.text(),
      stderr: stderr.text(),
      isCut: stdout.isCut() || stderr.isCut(),
    });
  });
  return promise;
};
