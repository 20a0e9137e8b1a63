import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryPaths } from '../support/folder.ts';

const newPath = temporaryPaths();
/** Less than five bytes for each operation from the first mark to the last. All that has a bound has reached it by the first. */
const mostGrowthBytes = 3 * 1024 * 1024;

interface Outcome {
  /** What the heap held at each mark, array buffers included. */
  readonly held: readonly number[];
  readonly problems: readonly string[];
  readonly tiers: readonly { readonly hits: number }[];
}

const run = async (flaw: string, marks: readonly number[]): Promise<Outcome> => {
  const path = newPath();
  mkdirSync(dirname(path));
  const script = fileURLToPath(new URL('../children/million.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    script,
    path,
    flaw,
    ...marks.map(String),
  ]);
  return JSON.parse(stdout);
};

it('a million operations leave no more behind than three hundred thousand', { timeout: 20 * 60_000 }, async () => {
  const { held, problems, tiers } = await run('', [300_000, 600_000, 800_000, 1_000_000]);
  console.log({ held, tiers });
  expect(problems).toEqual([]);
  for (const { hits } of tiers) expect(hits).toBeGreaterThan(1_000);
  const [first = 0, ...later] = held;
  // One of them may have met the stores at their fullest.
  expect(Math.min(...later.slice(-2)) - first).toBeLessThan(mostGrowthBytes);
});

it('what somebody forgets to let go is found', { timeout: 5 * 60_000 }, async () => {
  const { held } = await run('forgets', [20_000, 80_000]);
  const [first = 0, last = 0] = held;
  expect(last - first).toBeGreaterThan(mostGrowthBytes);
});
