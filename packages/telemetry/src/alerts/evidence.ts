import { readdirSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { channels } from '../events.ts';
import { makeFolder } from '../make-folder.ts';

export interface EvidenceOptions {
  /** Made where it is not there, for this user alone. */
  readonly folder: string;
  /** How long a profile is taken, milliseconds. @default 5000 */
  readonly profileMs?: number | undefined;
  /** Time from one profile to the next at least, milliseconds. @default 600000 */
  readonly everyMs?: number | undefined;
  /** The oldest go when there are more. @default 10 */
  readonly mostFiles?: number | undefined;
  /** @default the clock of the process */
  readonly clock?: Clock | undefined;
}

/** Keeps what the process was doing while an alert fired. */
export interface Evidence {
  /** Begins to take a profile, and tells the file it will be in; undefined where it is too soon. Never throws. */
  take(rule: string): string | undefined;
  /** Resolves when no profile is being taken; the one under way is cut short, and kept. Idempotent. */
  close(): Promise<void>;
}

const ending = '.cpuprofile';
const ours = /^alert-.*\.cpuprofile$/;

/** Runs for so long, or until it is told to end. */
const profileFor = async (wait: (done: () => void) => void): Promise<string> => {
  // Loaded when it is needed: most processes are never profiled.
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await new Promise<void>(wait);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
};

/**
 * Takes CPU profiles of this thread with V8's own profiler, which Chrome's developer tools and others open. While it runs, the process is
 * a few percent slower. Names of functions and files are in a profile, and no values.
 */
export const cpuProfiles = (options: EvidenceOptions): Evidence => {
  const { folder, profileMs = 5_000, everyMs = 600_000, mostFiles = 10, clock = systemClock } = options;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;
  let cut: (() => void) | undefined;
  let isClosed = false;

  const makeRoom = (): void => {
    const files = readdirSync(folder).filter((name) => ours.test(name));
    // Their names begin with the time.
    for (const name of files.sort().slice(0, Math.max(0, files.length - mostFiles + 1)))
      rmSync(join(folder, name), { force: true });
  };

  const keep = async (file: string): Promise<void> => {
    try {
      const text = await profileFor((done) => {
        const stop = clock.after(profileMs, done);
        cut = () => {
          stop();
          done();
        };
        if (isClosed) cut();
      });
      const part = `${file}.part`;
      await writeFile(part, text, { mode: 0o600 });
      await rename(part, file);
    } catch (error) {
      if (channels.fault.hasSubscribers) channels.fault.publish({ where: 'alert evidence', error, lost: 1 });
    } finally {
      underWay = undefined;
    }
  };

  return {
    take(rule) {
      const atMs = clock.now();
      if (isClosed || underWay !== undefined || atMs - lastAtMs < everyMs) return undefined;
      lastAtMs = atMs;
      const file = join(folder, `alert-${new Date(atMs).toISOString().replaceAll(':', '-')}-${rule}${ending}`);
      try {
        makeFolder(folder);
        makeRoom();
      } catch (error) {
        if (channels.fault.hasSubscribers) channels.fault.publish({ where: 'alert evidence', error, lost: 1 });
        return undefined;
      }
      underWay = keep(file);
      return file;
    },
    async close() {
      isClosed = true;
      cut?.();
      await underWay;
    },
  };
};
