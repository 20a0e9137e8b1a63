import { fs } from './file-system.ts';
import { isAlive } from './process-alive.ts';

// What is done under a lock takes a few milliseconds. Nobody waits longer than this for one holder: its process may have been stopped, or
// its number been given to another one.
const maxHeldMs = 2_000;
const pauseMs = 2;

/** What a lock's file says; `undefined` where there is none. */
const holderOf = (lock: string): string | undefined => {
  try {
    return fs.readFileSync(lock, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
};

const isGone = (holder: string | undefined): boolean => {
  const pid = Number.parseInt(holder ?? '', 10);
  return Number.isInteger(pid) && !isAlive(pid);
};

/** Whether nobody held it, in which case this process does now. */
const tryTake = (lock: string, holder: string): boolean => {
  try {
    fs.writeFileSync(lock, holder, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const release = (lock: string, holder: string | undefined): void => {
  if (holderOf(lock) === holder) fs.rmSync(lock, { force: true });
};

/**
 * Runs something while no other process does that asks for the same lock, a file that is there meanwhile. Synchronous, also for those who wait:
 * a process that is ending has no later. One that was killed while it held the lock blocks nobody, one that is stopped two seconds.
 * Throws where the file cannot be made.
 */
export const withFileLock = <Value>(lock: string, run: () => Value): Value => {
  const own = `${process.pid} ${Math.random()}`;
  let holder: string | undefined;
  let seenAt = performance.now();
  while (!tryTake(lock, own)) {
    const seen = holderOf(lock);
    if (seen !== holder) seenAt = performance.now();
    holder = seen;
    // One at a time, and only the holder that was found gone: else the second to come would end the lock of the first.
    if (isGone(seen) || performance.now() - seenAt > maxHeldMs) withFileLock(`${lock}.gone`, () => release(lock, seen));
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  try {
    return run();
  } finally {
    release(lock, own);
  }
};
