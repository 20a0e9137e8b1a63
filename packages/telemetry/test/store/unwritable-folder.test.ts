import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEventStore } from '../../src/store/event-store.ts';
import { exportRequests } from './support.ts';

const script = fileURLToPath(new URL('./children/count.ts', import.meta.url));
// Permissions bind nobody who is root.
const another = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, args, { ...another, cwd: '/', encoding: 'utf8' });
const canRun = process.platform !== 'win32' && run('--check', script).status === 0;

describe.skipIf(!canRun)(
  'a file in a folder that cannot be written to (skipped where no other user can run this)',
  () => {
    let root: string;
    let folder: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'events-'));
      chmodSync(root, 0o755);
      // Signs that an address would take for its own.
      folder = join(root, 'a copy #1?x=%20');
      mkdirSync(folder);
    });
    afterEach(() => {
      chmodSync(folder, 0o755);
      rmSync(root, { recursive: true, force: true });
    });

    /** Copies a file as it is while it is written to, with the log beside it or without. */
    const copied = async (hasLog: boolean): Promise<string> => {
      const path = join(root, 'events.sqlite');
      const copy = join(folder, 'events.sqlite');
      const before = openEventStore({ path });
      await exportRequests(before, [{ atMs: 1_000 }, { atMs: 2_000 }]);
      await before.close();
      const store = openEventStore({ path });
      if (hasLog) await exportRequests(store, [{ atMs: 3_000 }]);
      copyFileSync(path, copy);
      if (hasLog) copyFileSync(`${path}-wal`, `${copy}-wal`);
      await store.close();
      for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
      chmodSync(folder, 0o555);
      return copy;
    };

    it('is read', async () => {
      expect(run(script, await copied(false)).stdout).toBe('2');
    });

    it('is not read without what is in its log, and says so', async () => {
      expect(run(script, await copied(true)).stdout).toMatch(/cannot be used: its newest events are in the log/);
    });
  },
);
