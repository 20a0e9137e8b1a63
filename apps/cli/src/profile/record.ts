import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileUnusable } from '../errors.ts';
import { checkProgram } from '../exec/check-program.ts';
import { startChild } from '../exec/child.ts';
import { catchSignals, exitCodeOf } from '../exec/signals.ts';
import { followStops } from '../exec/stopped-child.ts';
import { makeFolder } from '../make-folder.ts';
import { warn } from '../terminal.ts';
import { type CpuProfile, readStacks } from './cpu-profile.ts';
import type { Recording } from './flamegraph.ts';
import { showCommand } from './show-command.ts';

/** Lies beside the bundle. */
const recorder = fileURLToPath(new URL('recorder.cjs', import.meta.url));

export interface RecordOptions {
  /** Where profiles go, absolute. */
  readonly folder: string;
  /** Between two samples, microseconds. */
  readonly intervalUs: number;
  readonly program: string;
  readonly args: readonly string[];
}

// As Node reads NODE_OPTIONS: quotes hold spaces together, a backslash stands before a quote and before itself.
const quote = (path: string): string => `"${path.replace(/[\\"]/g, String.raw`\$&`)}"`;

/** A script of Node's is run by this Node, `hotpath` is this program, and anything else is what the shell knows by that name. */
const commandLine = (program: string, args: readonly string[]): readonly [string, ...string[]] => {
  if (program === 'hotpath') return [process.execPath, process.argv[1] ?? '', ...args];
  return /\.[cm]?[jt]s$/.test(program) ? [process.execPath, program, ...args] : [program, ...args];
};

/** Runs a command on this terminal, with every Node process of its tree profiled. Resolves to its exit code. */
export const record = async ({ program, args, folder, intervalUs }: RecordOptions): Promise<number> => {
  const [first, ...rest] = commandLine(program, args);
  checkProgram(first, process.env);
  const signals = catchSignals();
  try {
    makeFolder(folder);
  } catch (error) {
    throw fileUnusable(folder, error);
  }
  const early = await Promise.race([signals.early, undefined]);
  if (early !== undefined) return exitCodeOf(early);
  const options = [process.env.NODE_OPTIONS, `--require ${quote(recorder)}`].filter(Boolean).join(' ');
  const child = await startChild({
    program: first,
    args: rest,
    environment: { ...process.env, NODE_OPTIONS: options, HOTPATH_PROFILE: JSON.stringify({ folder, intervalUs }) },
  });
  signals.passTo(child.send);
  await child.started;
  followStops(child.process);
  const { exitCode } = await child.ended;
  signals.handle(() => {});
  return exitCode;
};

const labelOf = ({ process }: CpuProfile, file: string): string => {
  if (process === undefined) return file;
  const [, script, ...args] = process.command;
  const words = [script === undefined ? 'node' : basename(script), ...args];
  return `${showCommand(words)} (${process.pid}${process.thread === 0 ? '' : `, thread ${process.thread}`})`;
};

/** The profiles of a folder, longest first. What a process that was killed left unfinished is told of and left out. */
export const readRecordings = async (folder: string): Promise<readonly Recording[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile')).sort();
  const read = await Promise.all(
    files.map(async (file): Promise<Recording | undefined> => {
      try {
        const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
        return { label: labelOf(profile, file), ...readStacks(profile) };
      } catch {
        warn(`${join(folder, file)} is not a whole profile, and was left out.`);
        return undefined;
      }
    }),
  );
  return read.filter((each) => each !== undefined).sort((left, right) => right.root.totalUs - left.root.totalUs);
};
