import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Step } from '@hotpath/batch';
import { type BenchDocument, type DocumentShape, edit, editCount, editedCustomer, newName } from './document.ts';

/** Reads the document, makes all edits and writes it; `onHeld` is called when all states, or what undoes the edits, are in memory. */
export type JsonRunner = (path: string, onHeld: () => Promise<void>) => Promise<void>;

export interface JsonSide {
  readonly name: string;
  readonly note: string;
  /** It takes seconds, mostly for garbage collection: it is repeated less often. */
  readonly isSlow?: boolean;
  readonly open: (folder: string, shape: DocumentShape) => Promise<JsonRunner>;
}

/** Keeps a state for each edit, made by `next`. */
const byStates =
  (next: (state: BenchDocument, number: number) => BenchDocument): JsonRunner =>
  async (path, onHeld) => {
    const states = [JSON.parse(readFileSync(path, 'utf8')) as BenchDocument];
    for (let at = 0; at < editCount; at += 1) states.push(next(states[at] as BenchDocument, at));
    await onHeld();
    writeFileSync(path, `${JSON.stringify(states[editCount], null, 1)}\n`);
  };

const hotpath = async (folder: string, shape: DocumentShape): Promise<JsonRunner> => {
  const { createBatch, jsonExecutor, jsonWorkspace, localDispatcher } = await import('@hotpath/batch');
  const { filesWorkspace } = await import('@hotpath/batch/files');
  const { sqliteJournal } = await import('@hotpath/batch/journals/sqlite');
  const { openLocks } = await import('@hotpath/batch/lock');
  const journal = sqliteJournal({ path: join(folder, 'journal.db') });
  const lock = openLocks({ folder: join(folder, 'locks') }).acquire;
  return async (path, onHeld) => {
    const root = dirname(path);
    const documents = jsonWorkspace({ root });
    const batch = createBatch({
      root,
      journal,
      lock,
      dispatcher: localDispatcher({ json: jsonExecutor(documents), documents }),
      workspaces: [filesWorkspace({ root }), documents],
    });
    const edits = Array.from({ length: editCount }, (_, number): Step => {
      const [region, key] = editedCustomer(shape, number);
      const set = { [`/regions/${region}/${key}/name`]: newName(number) };
      return { id: `edit-${number}`, json: 'document.json', set };
    });
    const held: Step = { id: 'held', call: onHeld, dependencies: edits.map(({ id }) => id) };
    const { state, error } = await batch.run({ name: 'edits', steps: [...edits, held] }).outcome;
    if (state !== 'committed') throw new Error(`The run is ${state}.`, { cause: error });
  };
};

export const floorName = 'in place';
export const ownName = 'hotpath';

export const jsonSides: readonly JsonSide[] = [
  {
    name: floorName,
    note: 'the floor: one state, nothing can be undone',
    open: async (_, shape) => byStates((state, number) => edit(state, shape, number)),
  },
  {
    name: 'structuredClone',
    note: 'a whole copy before each edit',
    isSlow: true,
    open: async (_, shape) => byStates((state, number) => edit(structuredClone(state), shape, number)),
  },
  {
    name: 'JSON round trip',
    note: 'the same by JSON.parse(JSON.stringify())',
    isSlow: true,
    open: async (_, shape) => byStates((state, number) => edit(JSON.parse(JSON.stringify(state)), shape, number)),
  },
  {
    name: 'immer',
    note: 'produce, without freezing what was read',
    open: async (_, shape) => {
      const { produce, setAutoFreeze } = await import('immer');
      setAutoFreeze(false);
      return byStates((state, number) => produce(state, (draft) => void edit(draft, shape, number)));
    },
  },
  {
    name: ownName,
    note: 'steps of kind json through the engine, journal in SQLite: each edit made sure before the next stands on it, the file replaced at the end and made sure, its form kept',
    open: hotpath,
  },
];
