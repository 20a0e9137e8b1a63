import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** New folders for the tests of one file, removed at its end. */
export const temporaryFolders = (): (() => string) => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'hotpath-files-'));
  // Some tests become another user.
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => {
    const made = mkdtempSync(join(folder, 'root-'));
    chmodSync(made, 0o755);
    return made;
  };
};
