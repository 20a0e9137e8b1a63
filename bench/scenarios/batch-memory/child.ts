import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal, Step } from '@hotpath/batch';
import { answerParent, collectGarbage } from '../../harness/child.ts';
import { treeMemory } from '../../harness/machine.ts';
import { stepsSides } from '../batch-steps/sides.ts';
import { type Shape, stepsOf } from '../batch-steps/workload.ts';

export interface MemoryJob {
  readonly side: string;
  readonly shape: Shape;
  readonly count: number;
}

export interface MemoryResult {
  /** What is held when all has ended, its outcome among it, without garbage; the list of steps is not in it. */
  readonly heldMb: number;
  /** Highest resident memory of the process, above what it was before. */
  readonly peakMb: number;
}

type Run = (shape: Shape, count: number) => Promise<unknown>;

const engine = async (journal: Journal, folder: string): Promise<Run> => {
  const { createBatch, localDispatcher } = await import('@hotpath/batch');
  const { openLocks } = await import('@hotpath/batch/lock');
  const lock = openLocks({ folder: join(folder, 'locks') }).acquire;
  const batch = createBatch({ root: folder, journal, lock, workspaces: [], dispatcher: localDispatcher({}) });
  return async (shape, count) => {
    const steps = stepsOf(shape, count).map(({ id, dependencies, run }): Step => ({ id, dependencies, call: run }));
    const outcome = await batch.run({ name: 'memory', steps }).outcome;
    if (outcome.state !== 'committed') throw new Error(`The run is ${outcome.state}.`, { cause: outcome.error });
    return outcome;
  };
};

const open = async (side: string, folder: string): Promise<Run> => {
  if (side === 'engine with memory journal') {
    const { memoryJournal } = await import('@hotpath/batch');
    return engine(memoryJournal(), folder);
  }
  if (side === 'engine with sqlite journal') {
    const { sqliteJournal } = await import('@hotpath/batch/journals/sqlite');
    return engine(sqliteJournal({ path: join(folder, 'journal.db') }), folder);
  }
  if (side === 'hotpath runSteps') {
    const { runSteps } = await import('@hotpath/batch');
    return (shape, count) => runSteps(stepsOf(shape, count));
  }
  const found = stepsSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const runAll = await found.open();
  return (shape, count) => runAll(stepsOf(shape, count));
};

const usedMb = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
};

await answerParent<MemoryJob>(async ({ side, shape, count }): Promise<MemoryResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-memory-'));
  try {
    const run = await open(side, folder);
    // What is made once for all runs is not counted to this one.
    await run(shape, 10);
    await collectGarbage();
    const before = { usedMb: usedMb(), rssMb: treeMemory(process.pid).rssMb };
    const outcome = await run(shape, count);
    const { peakMb } = treeMemory(process.pid);
    await collectGarbage();
    const heldMb = usedMb() - before.usedMb;
    // Neither the outcome nor what has the journal may be garbage before this.
    if (outcome === undefined || run.length === 0) throw new Error('The run came to nothing.');
    return { heldMb, peakMb: peakMb - before.rssMb };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
