import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How a process stands to its terminal. */
export interface ProcessState {
  readonly hasTerminal: boolean;
  /** In the group of processes that the terminal's keys reach. */
  readonly isForeground: boolean;
  readonly isSessionLeader: boolean;
  /** By SIGSTOP, SIGTSTP or their like. */
  readonly isStopped: boolean;
}

const fromProc = (pid: number): ProcessState | undefined => {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // A name may hold anything, also spaces and brackets: what counts follows its last one. See proc_pid_stat(5).
  const [state, , group, session, terminal, foreground] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return {
    hasTerminal: terminal !== '0',
    isForeground: terminal !== '0' && group === foreground,
    isSessionLeader: session === String(pid),
    isStopped: state === 'T',
  };
};

const fromPs = (pid: number): ProcessState | undefined => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,tty=', '-p', String(pid)], { encoding: 'utf8', timeout: 1_000 });
  const [state = '', terminal = '?'] = (stdout ?? '').trim().split(/\s+/);
  if (state === '') return undefined;
  return {
    hasTerminal: !terminal.startsWith('?'),
    isForeground: state.includes('+'),
    isSessionLeader: state.includes('s'),
    isStopped: state.startsWith('T'),
  };
};

/** Undefined where it cannot be known: there is no such process, or this is Windows. */
export const processState = (pid: number): ProcessState | undefined => {
  if (process.platform === 'linux') return fromProc(pid);
  return process.platform === 'win32' ? undefined : fromPs(pid);
};
