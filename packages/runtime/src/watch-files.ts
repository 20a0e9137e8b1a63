import { type FSWatcher, watch } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface FileWatchOptions {
  /** How long files must stay as they are before a change counts, milliseconds: editors write in several steps. @default 100 */
  readonly settleMs?: number | undefined;
  /** How often to look where no event came, milliseconds: network folders and containers often send none. @default 2000 */
  readonly pollMs?: number | undefined;
  /** Whether to listen for events at all. @default true */
  readonly events?: boolean | undefined;
}

export interface FileWatch {
  /**
   * Watches these from now on. Of those that were watched already no change is missed; of the others, those after `since`
   * count, epoch milliseconds.
   */
  follow(files: readonly string[], since: number): Promise<void>;
  close(): void;
}

/** A file that changes all the time is reported at last. */
const mostRounds = 20;
const longestChain = 16;

/** Nothing is like this. */
const outdated = '';

/** What tells a file from what it was: also one that took its place by a rename, or behind another link. */
const stateOf = async (file: string, since = Number.POSITIVE_INFINITY): Promise<string> => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(file, { bigint: true });
    return ctimeMs > since ? outdated : `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
};

type States = ReadonlyMap<string, string>;

const statesOf = async (files: readonly string[], since?: number): Promise<States> =>
  new Map(await Promise.all(files.map(async (file) => [file, await stateOf(file, since)] as const)));

const areAlike = (one: States, other: States): boolean => [...one].every(([file, state]) => other.get(file) === state);

/** The folders in which something happens when the file is replaced: its own, and those of the links that lead to it. */
const foldersOf = async (file: string): Promise<readonly string[]> => {
  const folders: string[] = [];
  let at = file;
  for (let hops = 0; hops < longestChain; hops += 1) {
    const folder = dirname(at);
    folders.push(folder);
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) break;
    at = resolve(folder, target);
  }
  return folders;
};

/**
 * Calls `onChange` after any of the files has changed, vanished or come back, and has been still for a moment. Folders are
 * watched rather than files, which a rename replaces; what no event tells (a link higher up that leads elsewhere) is found
 * by looking. It keeps no process alive.
 */
export const watchFiles = (onChange: () => void, options: FileWatchOptions = {}): FileWatch => {
  const { settleMs = 100, pollMs = 2000, events = true } = options;
  let files: readonly string[] = [];
  let seen: States = new Map();
  const watchers: FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;
  let isLooking = false;
  let closed = false;

  const listen = async (): Promise<void> => {
    if (!events) return;
    const folders = new Set((await Promise.all(files.map(foldersOf))).flat());
    for (const watcher of watchers.splice(0)) watcher.close();
    if (closed) return;
    for (const folder of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, () => void settle());
        // No more watches to be had, or the folder is gone: looking goes on.
        watcher.on('error', () => watcher.close());
        watchers.push(watcher);
      } catch {}
    }
  };

  /** Waits until nothing happens any more, and compares. */
  const settle = (rounds = 0, last?: States): void => {
    if (closed) return;
    if (settling && last === undefined) return;
    settling = setTimeout(async () => {
      const now = await statesOf(files);
      settling = undefined;
      if (closed || areAlike(now, seen)) return;
      if (!(last && areAlike(now, last)) && rounds < mostRounds) {
        settle(rounds + 1, now);
        return;
      }
      seen = now;
      await listen();
      if (!closed) onChange();
    }, settleMs);
    settling.unref();
  };

  const poll = setInterval(async () => {
    // A file system may take longer to tell than the next look is away.
    if (isLooking) return;
    isLooking = true;
    const now = await statesOf(files);
    isLooking = false;
    if (!areAlike(now, seen)) settle();
  }, pollMs);
  poll.unref();

  return {
    async follow(next, since) {
      const added = await statesOf(
        next.filter((file) => !seen.has(file)),
        since,
      );
      seen = new Map(next.map((file) => [file, seen.get(file) ?? added.get(file) ?? outdated]));
      files = next;
      await listen();
      if ([...added.values()].includes(outdated)) settle();
    },
    close() {
      closed = true;
      clearTimeout(settling);
      clearInterval(poll);
      for (const watcher of watchers.splice(0)) watcher.close();
    },
  };
};
