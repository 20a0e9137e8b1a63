import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/files.ts';
import { BatchError } from '../../src/index.ts';
import { Crash, type SimulatedFileSystem } from '../../src/testing.ts';
import { anyBatches, anyTree, carryOut, open, randomFrom, seeded, treeOf, undoAll } from './support/simulated-tree.ts';

const power = fc.constantFrom('kept' as const, 'lost' as const);
const seed = fc.integer();
/** How far through all operations something happens. */
const share = fc.double({ min: 0, max: 1, noNaN: true });
const numRuns = Number(process.env.HOTPATH_FILES_RUNS ?? 400);

/** What batches come to, and how many operations they take. */
const rehearse = async (tree: Parameters<typeof seeded>[0], batches: Parameters<typeof carryOut>[1]) => {
  const fileSystem = seeded(tree);
  const before = fileSystem.operations;
  await carryOut(open(fileSystem), batches, []);
  return { after: treeOf(fileSystem), operations: fileSystem.operations - before };
};

const isCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof Error && error.cause instanceof Crash);

/** Does work that a crash may end, and starts anew after it. */
const untilCrash = async (work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!isCrash(error)) throw error;
  }
};

describe('files, whatever is changed', () => {
  it('are as they were when it is undone: bytes, modes, times, links and inodes', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyBatches, async (tree, batches) => {
        const fileSystem = seeded(tree);
        const before = treeOf(fileSystem);
        const intents: string[] = [];
        await carryOut(open(fileSystem), batches, intents);
        expect(await open(fileSystem).check(intents)).toEqual([]);
        expect(await undoAll(open(fileSystem), intents)).toEqual([]);
        expect(treeOf(fileSystem)).toEqual(before);
        await open(fileSystem).forget('run');
        expect(fileSystem.tree('/root')).toEqual(before);
      }),
      { numRuns },
    );
  });

  it('are as they were when it is undone after a crash at any operation, and after another during that', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTree,
        anyBatches,
        share,
        power,
        share,
        power,
        seed,
        async (tree, batches, at, left, again, then, chance) => {
          const { operations } = await rehearse(tree, batches);
          const random = randomFrom(chance);
          const fileSystem = seeded(tree);
          const before = treeOf(fileSystem);
          const intents: string[] = [];
          fileSystem.crashAt(1 + Math.floor(at * operations));
          await untilCrash(() => carryOut(open(fileSystem), batches, intents));
          fileSystem.restart({ power: left, random });
          fileSystem.crashAt(1 + Math.floor(again * operations));
          await untilCrash(() => undoAll(open(fileSystem), intents));
          fileSystem.restart({ power: then, random });
          expect(await undoAll(open(fileSystem), intents)).toEqual([]);
          expect(treeOf(fileSystem)).toEqual(before);
          fileSystem.restart({ power: 'lost', random });
          expect(treeOf(fileSystem)).toEqual(before);
        },
      ),
      { numRuns: numRuns * 2 },
    );
  });

  it.each([
    ['moves up with a folder made on the way', ['x>d/z', 'y>x', '+new/w']],
    ['moves up and is filled again', ['x>z', 'y>x', '+y']],
    ['goes round by a third name', ['x>t', 'y>x', 't>y', '+new/w']],
    ['moves into the place of another', ['x>y']],
  ])(
    'are as they were when it is undone after a crash at any operation, where one name after the other %s',
    async (_, steps) => {
      const changes = steps.map((step): FileChange => {
        const [path = '', to] = step.replace('+', '').split('>');
        return to === undefined ? { type: 'write', path, content: step } : { type: 'rename', path, to };
      });
      const tree = ['x', 'y', 'd/y'].map((path) => [path, { content: path }] as const);
      const { operations } = await rehearse(tree, [changes]);
      for (let at = 1; at <= 2 * operations; at += 1)
        for (const power of ['kept', 'lost'] as const) {
          const fileSystem = seeded(tree);
          const before = treeOf(fileSystem);
          const intents: string[] = [];
          // Within what is done or, after that, within what undoes it.
          if (at <= operations) fileSystem.crashAt(at);
          await untilCrash(() => carryOut(open(fileSystem), [changes], intents));
          if (at > operations) {
            fileSystem.crashAt(at - operations);
            await untilCrash(() => undoAll(open(fileSystem), intents));
          }
          fileSystem.restart({ power, random: randomFrom(at) });
          expect(await undoAll(open(fileSystem), intents), `operation ${at}, power ${power}`).toEqual([]);
          expect(treeOf(fileSystem), `operation ${at}, power ${power}`).toEqual(before);
        }
    },
  );

  it('are as they were after a crash at any operation, where two have made one folder at the same time', async () => {
    const tree = [['a', { content: 'a' }]] as const;
    for (let at = 1, isOver = false; !isOver; at += 1)
      for (const power of ['kept', 'lost'] as const)
        for (const chance of [1, 2, 3, 4]) {
          const fileSystem = seeded(tree);
          const before = treeOf(fileSystem);
          const workspace = open(fileSystem);
          const intents = await Promise.all(
            ['x', 'y'].map((name) =>
              workspace.prepare([{ type: 'write', path: `new/in/${name}`, content: name }], { run: 'run', name }),
            ),
          );
          fileSystem.crashAt(at);
          await untilCrash(async () => {
            await workspace.apply(intents[1] as string);
            await workspace.apply(intents[0] as string);
            isOver = true;
          });
          fileSystem.restart({ power, random: randomFrom(at * 10 + chance) });
          const next = open(fileSystem);
          const what = `operation ${at}, power ${power}, chance ${chance}`;
          for (const intent of intents.toReversed()) expect(await next.undo(intent, intents), what).toEqual([]);
          expect(treeOf(fileSystem), what).toEqual(before);
        }
  });

  it.each([
    ['is renamed', { type: 'rename', path: 'x', to: 'y' }, 'y'],
    ['is given another mode', { type: 'mode', path: 'x', mode: 0o600 }, 'x'],
    ['is renamed into the place of another', { type: 'rename', path: 'x', to: 'z' }, 'z'],
  ] as const)(
    'are as they were, but for the inode, where a file with a second name %s and then written: undo puts back a copy',
    async (_, change, path) => {
      const tree = ['x', 'z'].map((at) => [at, { content: `first ${at}`, mode: 0o755 }] as const);
      const setUp = async () => {
        const fileSystem = seeded(tree);
        for (const at of ['x', 'z']) fileSystem.link(`/root/${at}`, `/root/second-${at}`);
        await fileSystem.sync('/root');
        return fileSystem;
      };
      const plain = (fileSystem: SimulatedFileSystem): object =>
        Object.fromEntries(
          Object.entries(treeOf(fileSystem)).map(([at, node]) => [
            at,
            at.startsWith('second') ? 'there' : { ...node, ino: 0 },
          ]),
        );
      const batches: FileChange[][] = [[change], [{ type: 'write', path, content: 'second' }]];
      const intentsOf = async (fileSystem: SimulatedFileSystem): Promise<string[]> => {
        const intents: string[] = [];
        await carryOut(open(fileSystem), batches, intents);
        return intents;
      };
      const rehearsed = await setUp();
      const intents = await intentsOf(rehearsed);
      const from = rehearsed.operations;
      expect(await open(rehearsed).check(intents)).toEqual([]);
      expect(await undoAll(open(rehearsed), intents)).toEqual([]);
      for (let at = 1; at <= rehearsed.operations - from; at += 1)
        for (const power of ['kept', 'lost'] as const) {
          const fileSystem = await setUp();
          const before = plain(fileSystem);
          const done = await intentsOf(fileSystem);
          await open(fileSystem).sync(done);
          fileSystem.crashAt(at);
          await untilCrash(() => undoAll(open(fileSystem), done));
          fileSystem.restart({ power, random: randomFrom(at) });
          expect(await undoAll(open(fileSystem), done), `operation ${at}, power ${power}`).toEqual([]);
          expect(plain(fileSystem), `operation ${at}, power ${power}`).toEqual(before);
        }
    },
  );

  it('are as they are to be after the loss of power, once that is made sure', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyBatches, seed, async (tree, batches, chance) => {
        const fileSystem = seeded(tree);
        await carryOut(open(fileSystem), batches, []);
        const after = treeOf(fileSystem);
        fileSystem.restart({ power: 'lost', random: randomFrom(chance) });
        expect(treeOf(fileSystem)).toEqual(after);
      }),
      { numRuns },
    );
  });

  it('are as they are to be when what a crash has cut off is applied again', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyBatches, share, async (tree, batches, at) => {
        const { operations, after } = await rehearse(tree, batches);
        const fileSystem = seeded(tree);
        const intents: string[] = [];
        fileSystem.crashAt(1 + Math.floor(at * operations));
        let isWhole = false;
        await untilCrash(async () => {
          await carryOut(open(fileSystem), batches, intents);
          isWhole = true;
        });
        fileSystem.restart({ power: 'kept', random: Math.random });
        const last = intents.at(-1);
        if (last !== undefined) await open(fileSystem).apply(last);
        if (!isWhole) return;
        const plain = (found: typeof after): object =>
          Object.fromEntries(Object.entries(found).map(([path, node]) => [path, { ...node, ino: 0, mtimeNs: 0 }]));
        expect(plain(treeOf(fileSystem))).toEqual(plain(after));
      }),
      { numRuns },
    );
  });

  it('are as they were when an operation fails, once that is undone', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTree,
        anyBatches,
        share,
        fc.constantFrom('ENOSPC' as const, 'EACCES' as const, 'EIO' as const),
        fc.boolean(),
        share,
        async (tree, batches, at, code, allWrites, again) => {
          const { operations } = await rehearse(tree, batches);
          const fileSystem = seeded(tree);
          const before = treeOf(fileSystem);
          const intents: string[] = [];
          fileSystem.failAt(1 + Math.floor(at * operations), code, { allWrites });
          await carryOut(open(fileSystem), batches, intents).catch((error) => {
            if (!BatchError.isInstance(error) || error.code !== 'BATCH_FILE_FAILED') throw error;
          });
          // The disk may stay full: to go back takes no room.
          if (!allWrites) fileSystem.failAt(1 + Math.floor(again * operations), code);
          await undoAll(open(fileSystem), intents).catch((error) => {
            if (!BatchError.isInstance(error) || error.code !== 'BATCH_FILE_FAILED') throw error;
          });
          if (!allWrites) fileSystem.restart({ power: 'kept', random: Math.random });
          expect(await undoAll(open(fileSystem), intents)).toEqual([]);
          expect(treeOf(fileSystem)).toEqual(before);
        },
      ),
      { numRuns },
    );
  });
});

describe('what somebody else changes', () => {
  const foreign = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/e', 'd/e/a', 'f/a');

  it('after it was applied is never lost by undo, and check says the same as undo', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyBatches, foreign, async (tree, batches, path) => {
        const fileSystem = seeded(tree);
        const intents: string[] = [];
        await carryOut(open(fileSystem), batches, intents);
        const [there, parent] = [treeOf(fileSystem)[path], treeOf(fileSystem)[path.split('/').slice(0, -1).join('/')]];
        fc.pre(
          (path.includes('/') ? parent !== undefined && 'folder' in parent : true) && !(there && 'folder' in there),
        );
        fileSystem.seed(`/root/${path}`, { content: 'mine' });
        const found = await open(fileSystem).check(intents);
        const conflicts = await undoAll(open(fileSystem), intents);
        expect(treeOf(fileSystem)[path]).toMatchObject({ content: 'mine' });
        expect(found.length > 0).toBe(conflicts.length > 0);
      }),
      { numRuns },
    );
  });

  it('before it is applied makes that fail, and stays', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyBatches, foreign, async (tree, [batch = []], path) => {
        const fileSystem = seeded(tree);
        const workspace = open(fileSystem);
        const intent = await workspace.prepare(batch, { run: 'run', name: 'step' }).catch(() => undefined);
        fc.pre(intent !== undefined);
        const found = treeOf(fileSystem);
        const parent = found[path.split('/').slice(0, -1).join('/')];
        const there = found[path];
        fc.pre(
          (path.includes('/') ? parent !== undefined && 'folder' in parent : true) && !(there && 'folder' in there),
        );
        fileSystem.seed(`/root/${path}`, { content: 'mine' });
        const changed = treeOf(fileSystem);
        const entries = JSON.parse(String(intent)).entries as { path: string; via: string }[];
        const isMet = entries.some((entry) => entry.path === path);
        const failure = await workspace.apply(String(intent)).catch((error) => error);
        if (isMet) expect(failure).toMatchObject({ code: 'BATCH_FILE_CHANGED', isRetryable: true });
        const conflicts = await workspace.undo(String(intent));
        // Of a file that is gone nobody knows whether it had got its mode, or had been moved.
        const isUnknown = entries.some((entry) => entry.path === path && (entry.via === 'mode' || 'to' in entry));
        if (!isUnknown) expect(conflicts).toEqual([]);
        expect(treeOf(fileSystem)).toEqual(changed);
      }),
      { numRuns },
    );
  });
});
