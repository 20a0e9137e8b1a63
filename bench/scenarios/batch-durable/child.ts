import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerParent } from '../../harness/child.ts';
import { ownSides } from './own-sides.ts';
import { peerSides } from './peer-sides.ts';

export interface DurableJob {
  readonly side: string;
  readonly count: number;
  readonly repeats: number;
  readonly redisUrl: string;
}

export interface DurableResult {
  /** Of each run, milliseconds. */
  readonly ms: readonly number[];
}

const warmups = 3;

await answerParent<DurableJob>(async ({ side, count, repeats, redisUrl }): Promise<DurableResult> => {
  const found = [...ownSides, ...peerSides].find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-durable-'));
  try {
    const runner = await found.open({ folder, redisUrl });
    for (let at = 0; at < warmups; at += 1) await runner.run(count);
    const ms: number[] = [];
    for (let at = 0; at < repeats; at += 1) {
      const started = performance.now();
      await runner.run(count);
      ms.push(performance.now() - started);
    }
    await runner.close?.();
    return { ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
