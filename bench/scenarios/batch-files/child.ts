import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerParent } from '../../harness/child.ts';
import { filesSides } from './sides.ts';
import { checkEdits, editsOf, makeTree } from './tree.ts';

export interface FilesJob {
  readonly side: string;
  readonly repeats: number;
}

export interface FilesResult {
  readonly ms: readonly number[];
}

const warmups = 5;

await answerParent<FilesJob>(async ({ side, repeats }): Promise<FilesResult> => {
  const found = filesSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-files-'));
  try {
    const [root, beside] = [join(folder, 'tree'), join(folder, 'beside')];
    mkdirSync(beside);
    makeTree(root);
    const runner = await found.open(root, beside);
    const ms: number[] = [];
    for (let repeat = 0; repeat < warmups + repeats; repeat += 1) {
      const edits = editsOf(repeat);
      const started = performance.now();
      await runner.edit(edits);
      const took = performance.now() - started;
      if (repeat >= warmups) ms.push(took);
      checkEdits(root, edits);
      if (repeat === 0 && runner.undo !== undefined) {
        await runner.undo();
        checkEdits(
          root,
          edits.map(({ path, content }) => ({ path, content: content.replace('version = 1', 'version = 0') })),
        );
      }
      runner.tidy?.();
    }
    await runner.close?.();
    return { ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
