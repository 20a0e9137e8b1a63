import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openLocks } from '../../../src/lock.ts';

// `hold`: takes the lock and keeps it. `turns`: takes it so many times, each time alone, retrying until it has had them all.
const [folder = '', root = '', run = '', turns = 'hold'] = process.argv.slice(2);
const locks = openLocks({ folder });

const acquire = async (): Promise<() => void> => {
  for (;;) {
    try {
      return await locks.acquire(root, run);
    } catch (error) {
      if ((error as { code?: string }).code !== 'BATCH_LOCKED') throw error;
      await setTimeout(1 + Math.random() * 5);
    }
  }
};

if (turns === 'hold') {
  await locks.acquire(root, run);
  writeSync(1, 'held\n');
  setInterval(() => {}, 1_000);
} else {
  for (let turn = 0; turn < Number(turns); turn += 1) {
    const release = await acquire();
    const inside = join(root, 'inside');
    writeFileSync(inside, run);
    await setTimeout(2);
    const found = readFileSync(inside, 'utf8');
    if (found !== run) throw new Error(`${found} is inside as well`);
    release();
    writeSync(1, `${run}\n`);
  }
}
