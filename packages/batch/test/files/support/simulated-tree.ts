import fc from 'fast-check';
import { type FileChange, filesWorkspace } from '../../../src/files.ts';
import { BatchError, type Workspace } from '../../../src/index.ts';
import { type SeededNode, type SimulatedFileSystem, simulatedFileSystem, type TreeNode } from '../../../src/testing.ts';

/** Few names, so that changes meet: files in the place of folders, moves in circles, things made and taken away again. */
const path = fc.constantFrom('a', 'b', 'c', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'f', 'f/a', 'f/b');
const content = fc.constantFrom('one', 'two', 'six', 'a longer text');
const mode = fc.constantFrom(0o600, 0o644, 0o755);

const anyChange: fc.Arbitrary<FileChange> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), path, content }) },
  fc.record({ type: fc.constant('write' as const), path, content, mode }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), path }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('rename' as const), path, to: path }) },
  fc.record({ type: fc.constant('mode' as const), path, mode }),
  fc.record({ type: fc.constant('link' as const), path, target: fc.constantFrom('a', '../out', 'nowhere') }),
  fc.record({ type: fc.constant('folder' as const), path }),
);
export const anyBatches = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
export const anyTree: fc.Arbitrary<readonly (readonly [string, SeededNode])[]> = fc
  .uniqueArray(fc.tuple(path, fc.oneof(fc.record({ content, mode }), fc.record({ target: fc.constant('a') }))), {
    selector: ([at]) => at,
    minLength: 2,
    maxLength: 7,
  })
  .map((nodes) => nodes.sort(([a], [b]) => (a < b ? -1 : 1)));

export const seeded = (nodes: readonly (readonly [string, SeededNode])[]): SimulatedFileSystem => {
  const fileSystem = simulatedFileSystem();
  fileSystem.seed('/root', { folder: true });
  const folders = nodes.flatMap(([at]) =>
    at
      .split('/')
      .slice(0, -1)
      .map((_, end, names) => names.slice(0, end + 1).join('/')),
  );
  for (const folder of [...new Set(folders)].sort()) fileSystem.seed(`/root/${folder}`, { folder: true });
  for (const [at, node] of nodes) if (!folders.includes(at)) fileSystem.seed(`/root/${at}`, node);
  return fileSystem;
};

/** All that counts; of folders only that they are there, and their mode. */
export const treeOf = (fileSystem: SimulatedFileSystem): Readonly<Record<string, TreeNode>> =>
  Object.fromEntries(Object.entries(fileSystem.tree('/root')).filter(([at]) => !at.startsWith('.hotpath')));

export const open = (fileSystem: SimulatedFileSystem): Workspace<FileChange> =>
  filesWorkspace({ root: '/root', fileSystem });

const refusals = ['BATCH_FILE_MISSING', 'BATCH_FILE_KIND', 'BATCH_PATH_INVALID'];

/** Carries batches out; those that cannot be are passed over. `intents` has what a journal would have, also after a crash. */
export const carryOut = async (
  workspace: Workspace<FileChange>,
  batches: readonly (readonly FileChange[])[],
  intents: string[],
): Promise<void> => {
  for (const [number, batch] of batches.entries()) {
    let intent: string;
    try {
      intent = await workspace.prepare(batch, { run: 'run', name: `step-${number}` });
    } catch (error) {
      if (BatchError.isInstance(error) && refusals.includes(error.code)) continue;
      throw error;
    }
    intents.push(intent);
    await workspace.apply(intent);
  }
  await workspace.sync(intents);
};

export const undoAll = async (workspace: Workspace<FileChange>, intents: readonly string[]) => {
  const conflicts = [];
  for (const intent of intents.toReversed()) conflicts.push(...(await workspace.undo(intent)));
  return conflicts;
};

/** Random numbers that are the same each time: mulberry32. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
