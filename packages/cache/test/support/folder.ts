import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for the files of one test file, removed at its end; returns new paths in it. */
export const temporaryPaths = (): (() => string) => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-cache-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let next = 0;
  return () => {
    next += 1;
    return join(folder, `${next}`, 'cache.db');
  };
};
