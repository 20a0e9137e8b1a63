import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the present test's own. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-batch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
