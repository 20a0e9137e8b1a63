import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, Step, Workspace } from '@hotpath/batch';
import { concurrency, type DurableRunner, type DurableSide, inParallel } from './runner.ts';

const floor =
  (most: number) =>
  async ({ folder }: { readonly folder: string }): Promise<DurableRunner> => {
    const file = openSync(join(folder, 'log'), 'a');
    const line = `${'x'.repeat(150)}\n`;
    return {
      async run(count) {
        for (let at = 0; at < count; at += most) {
          writeSync(file, line.repeat(Math.min(most, count - at)));
          fdatasyncSync(file);
        }
      },
      close: async () => closeSync(file),
    };
  };

const openJournal = async (folder: string): Promise<Journal> => {
  const { sqliteJournal } = await import('@hotpath/batch/journals/sqlite');
  return sqliteJournal({ path: join(folder, 'journal.db') });
};

/** The start of a step, its effect made sure, and its end: what the engine writes. */
const bareJournal =
  (most: number) =>
  async ({ folder }: { readonly folder: string }): Promise<DurableRunner> => {
    const journal = await openJournal(folder);
    let runs = 0;
    return {
      async run(count) {
        runs += 1;
        const run = `run-${runs}`;
        const createdAtMs = Date.now();
        const record = { id: run, name: 'bench', root: '/', definition: '{}', inputs: '{}', createdAtMs } as const;
        const pending = [journal.write([{ type: 'run', run: { ...record, state: 'running' } }], 'relaxed')];
        await inParallel(count, most, async (at) => {
          const attempt = { step: `step-${at}`, attempt: 1, startedAtMs: Date.now() } as const;
          pending.push(journal.write([{ type: 'attempt', run, attempt }], 'relaxed'));
          const effect = { sequence: at, step: attempt.step, attempt: 1, workspace: 'none', intent: '{"path":"file"}' };
          await journal.write([{ type: 'effect', run, effect: { ...effect, isUndone: false } }], 'full');
          const end = { ...attempt, end: 'succeeded', endedAtMs: Date.now(), output: 'null' } as const;
          pending.push(journal.write([{ type: 'attempt', run, attempt: end }], 'relaxed'));
        });
        await Promise.all(pending);
        await journal.write([{ type: 'run-state', run, state: 'committed', endedAtMs: Date.now() }], 'full');
      },
      close: async () => journal.close(),
    };
  };

/** Intents as long as those of a file, and nothing behind them. */
const emptyWorkspace: Workspace = {
  name: 'empty',
  prepare: async () => '{"entries":[{"path":"folder/file","via":"staged","before":1,"after":2}]}',
  apply: async () => {},
  undo: async () => [],
  check: async () => [],
  sync: async () => {},
  forget: async () => {},
};

const engine =
  (stepOf: (at: number) => Step, hasEffects: boolean) =>
  async ({ folder }: { readonly folder: string }): Promise<DurableRunner> => {
    const { createBatch, localDispatcher } = await import('@hotpath/batch');
    const { openLocks } = await import('@hotpath/batch/lock');
    const local = localDispatcher({});
    const batch = createBatch({
      root: folder,
      journal: await openJournal(folder),
      lock: openLocks({ folder: join(folder, 'locks') }).acquire,
      workspaces: [emptyWorkspace],
      dispatcher: hasEffects
        ? {
            dispatch: async (task, options) => ({
              ...(await local.dispatch(task, options)),
              changes: [{ workspace: 'empty', changes: [task.step], touched: [`name:${task.step}`] }],
            }),
          }
        : local,
    });
    return {
      async run(count) {
        const steps = Array.from({ length: count }, (_, at) => stepOf(at));
        const { state, error } = await batch.run({ name: 'bench', steps, concurrency }).outcome;
        if (state !== 'committed') throw new Error(`The run is ${state}.`, { cause: error });
      },
      close: () => batch.close(),
    };
  };

const doNothing = async (): Promise<void> => {};
const plain = (at: number): Step => ({ id: `step-${at}`, call: doNothing });
const chained = (at: number): Step => ({ ...plain(at), dependencies: at === 0 ? [] : [`step-${at - 1}`] });
const writing = (at: number): Step => ({ ...plain(at), writes: [`name:step-${at}`] });

export const floorName = 'append fsync';
export const journalName = 'hotpath journal 50 at once';
export const engineName = 'hotpath engine';
export const effectsName = 'hotpath engine with effects';

export const ownSides: readonly DurableSide[] = [
  {
    name: floorName,
    note: 'the floor: a line of 150 bytes appended to a file and fdatasync, for each step',
    survives: 'power loss',
    open: floor(1),
  },
  { name: 'append fsync by 50', note: 'the same for 50 at once', survives: 'power loss', open: floor(concurrency) },
  {
    name: 'hotpath journal',
    note: 'start, effect and end of each step through sqliteJournal, waiting until the effect survives the loss of power',
    survives: 'power loss',
    open: bareJournal(1),
  },
  { name: journalName, note: 'the same, 50 steps at once', survives: 'power loss', open: bareJournal(concurrency) },
  {
    name: effectsName,
    note: 'the whole engine, each step with an effect that is made sure before it is carried out; what carries it out does nothing',
    survives: 'power loss',
    open: engine(writing, true),
  },
  {
    name: engineName,
    note: 'the whole engine, functions whose results survive the end of the process at once and the loss of power when the run ends',
    survives: 'process end',
    open: engine(plain, false),
  },
  {
    name: 'hotpath engine chain',
    note: 'the same, each step after the one before',
    survives: 'process end',
    open: engine(chained, false),
  },
];
