import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { programNotExecutable, programNotFound } from '../errors.ts';
import { exitCodeOf } from './signals.ts';

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface Ending {
  /** As a shell gives it: 128 and the signal's number for an end by a signal. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly process: ChildProcess;
  /** Sends a signal; on Windows, which knows few, one that it lacks ends the process. */
  send(signal: NodeJS.Signals): void;
  /** Rejects with `CLI_PROGRAM_NOT_FOUND` (127) or `CLI_PROGRAM_NOT_EXECUTABLE` (126). */
  readonly started: Promise<void>;
  /** Does not reject; never resolves for one that did not start. */
  readonly ended: Promise<Ending>;
}

const startFailure = (program: string, { code, message }: NodeJS.ErrnoException): Error =>
  code === 'ENOENT'
    ? programNotFound(
        program,
        'command not found, or the interpreter that its first line names. Install it, or correct the path.',
      )
    : programNotExecutable(program, `cannot be run (${code ?? message}).`);

type Spawn = (program: string, args: string[], options: SpawnOptions) => ChildProcess;

/** Windows starts programs alone by name; what npm, pip and others install are scripts, which want cmd.exe and its quotes. */
const spawnOf = async (platform: NodeJS.Platform): Promise<Spawn> =>
  platform === 'win32' ? (await import('cross-spawn')).default.spawn : spawn;

const onWindows: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGKILL']);

/** What of a signal can be sent to another process. */
export const sendable = (signal: NodeJS.Signals, platform: NodeJS.Platform = process.platform): NodeJS.Signals =>
  platform !== 'win32' || onWindows.has(signal) ? signal : 'SIGTERM';

/** Starts a program on our own terminal, standard streams and process group, so that it cannot tell that we are there. */
export const startChild = async (line: CommandLine): Promise<Child> => {
  const { program, args, environment } = line;
  // Node makes a pipe non-blocking when it first opens it for writing, for whoever shares it too, and blocking again when
  // it starts a child. In the other order a child that writes much would fail.
  void [process.stdout, process.stderr];
  const start = await spawnOf(process.platform);
  const child = start(program, [...args], { env: environment, stdio: 'inherit' });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ exitCode: signal ? exitCodeOf(signal) : (code ?? 1), signal }));
  });
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    // One that comes later is a signal that found nobody.
    child.on('error', (error) => reject(startFailure(program, error)));
  });
  return { process: child, send: (signal) => void child.kill(sendable(signal)), started, ended };
};
