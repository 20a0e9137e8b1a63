import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { entry, heard, type Machine, type Outcome, outcomeOf } from './built.ts';

export const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

export interface Terminal {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
  type(text: string): void;
  /** Resolves when what was shown since the last time matches. */
  shown(pattern: RegExp): Promise<string>;
  kill(): void;
}

export const keyOfInterrupt = '\u0003';
export const keyOfEnd = '\u0004';

/** Runs a line of shell on a terminal of its own; what is written to it was typed. */
export const onTerminal = (
  machine: Machine,
  line: string,
  environment: Readonly<Record<string, string>> = {},
): Terminal => {
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: machine.folder,
    env: { ...machine.environment, TERM: 'dumb', NO_COLOR: '1', SHELL: '/bin/sh', ...environment },
  });
  let seen = '';
  child.stdout.on('data', (text) => {
    seen += text;
  });
  return {
    child,
    outcome: outcomeOf(child),
    type: (text) => void child.stdin.write(text),
    async shown(pattern) {
      const before = seen;
      seen = '';
      return pattern.test(before) ? before : before + (await heard(child.stdout, pattern));
    },
    kill: () => void child.kill('SIGKILL'),
  };
};

/** The same with `hotpath` in the place of the shell. */
export const hotpathOnTerminal = (
  machine: Machine,
  args: string,
  environment: Readonly<Record<string, string>> = {},
): Terminal => onTerminal(machine, `exec "${process.execPath}" "${entry}" ${args}`, environment);
