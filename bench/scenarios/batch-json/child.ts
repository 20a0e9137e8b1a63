import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerParent, collectGarbage } from '../../harness/child.ts';
import { treeMemory } from '../../harness/machine.ts';
import { checkDocument, type DocumentShape } from './document.ts';
import { jsonSides } from './sides.ts';

export interface JsonJob {
  readonly side: string;
  readonly shape: DocumentShape;
  /** Where the document is to be copied from. */
  readonly document: string;
  readonly repeats: number;
}

export interface JsonResult {
  /** Of each run, from the file to the file. */
  readonly ms: readonly number[];
  /** In the first run: all that is held when the last edit is made, without garbage. */
  readonly heldMb: number;
  /** Highest resident memory in the first run. */
  readonly peakMb: number;
}

const usedMb = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
};

await answerParent<JsonJob>(async ({ side, shape, document, repeats }): Promise<JsonResult> => {
  const found = jsonSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-json-'));
  try {
    mkdirSync(join(folder, 'root'));
    const path = join(folder, 'root', 'document.json');
    const run = await found.open(folder, shape);
    const once = async (onHeld: () => Promise<void>): Promise<number> => {
      copyFileSync(document, path);
      const started = performance.now();
      await run(path, onHeld);
      return performance.now() - started;
    };
    await collectGarbage();
    const before = usedMb();
    let heldMb = Number.NaN;
    await once(async () => {
      await collectGarbage();
      heldMb = usedMb() - before;
    });
    const { peakMb } = treeMemory(process.pid);
    checkDocument(readFileSync(path, 'utf8'), shape);
    const ms: number[] = [];
    for (let at = 0; at < repeats; at += 1) ms.push(await once(async () => {}));
    return { ms, heldMb, peakMb };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
