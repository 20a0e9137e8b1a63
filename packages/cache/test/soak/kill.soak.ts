import { it } from 'vitest';
import { childStarter } from '../support/children.ts';
import { temporaryPaths } from '../support/folder.ts';
import { killWriters } from '../support/kill-rounds.ts';

const newPath = temporaryPaths();
const start = childStarter();

it('keeps every acknowledged entry through 1,000 kills in a row', { timeout: 30 * 60_000 }, async () => {
  await killWriters(start, newPath(), 1_000);
});
