import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSqlite } from '../src/load-sqlite.ts';
import { openStateFile, type StateLayout } from '../src/state-file.ts';

const sqlite = loadSqlite();
const layout: StateLayout = { applicationId: 0x1234, version: 2, tables: 'CREATE TABLE things (id TEXT) STRICT;' };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-state-'));
  path = join(folder, 'new', 'things.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (its: Partial<StateLayout> = {}, creates = true): void => {
  if (!sqlite) throw new Error('there is no node:sqlite');
  const options = { path, layout: { ...layout, ...its }, busyMs: 10, creates, synchronous: 'FULL' } as const;
  openStateFile(sqlite, options, (connection) => connection).close();
};

describe.skipIf(!sqlite)('a state file', () => {
  it.runIf(process.platform !== 'win32')('is made and kept for this user alone', () => {
    open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o644);
    open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not made where that was not asked for', () => {
    expect(() => open({}, false)).toThrow(/unable to open/);
  });

  it.each([
    ['of another application', { applicationId: 0x4321 }, 'it is a database of another application'],
    ['of a newer release', { version: 1 }, 'it has the layout 2 of a newer release, this is 1'],
  ])('%s is refused and left as it was', (_, its, reason) => {
    open();
    chmodSync(path, 0o640);
    const before = readFileSync(path);
    const { mode } = statSync(path);
    expect(() => open(its)).toThrow(reason);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(statSync(path).mode).toBe(mode);
  });
});
