import type { ChildProcess } from 'node:child_process';
import { processState } from './process-state.ts';

/** Until a stop that hits the whole group has hit us too, and a child that goes on at once has done so. */
const settleMs = 50;

/**
 * Stops this process where its child has stopped itself alone, as some full-screen programs do on Ctrl-Z: the shell that
 * waits for us would otherwise never know, and nobody could bring the child back. The shell's `fg` wakes both.
 *
 * On Linux alone: elsewhere nothing tells the state of a process without starting another.
 */
export const followStops = (child: ChildProcess): void => {
  if (process.platform !== 'linux' || child.pid === undefined) return;
  const { pid } = child;
  let timer: NodeJS.Timeout | undefined;
  const follow = (): void => {
    timer = undefined;
    const state = processState(pid);
    // One in a group of its own, such as a shell, may have the terminal for itself.
    if (state?.isStopped !== true || !(state.isForeground || processState(process.pid)?.isForeground)) return;
    process.kill(process.pid, 'SIGSTOP');
    // Woken. A child in a group of its own was not.
    child.kill('SIGCONT');
  };
  const onChange = (): void => {
    timer ??= setTimeout(follow, settleMs);
  };
  process.on('SIGCHLD', onChange);
  child.once('exit', () => {
    process.off('SIGCHLD', onChange);
    clearTimeout(timer);
  });
};
