import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptRecord, EffectRecord, Journal, JournalEntry, RunRecord } from '../journal/journal.ts';

/** What the kit hands to the function that opens the journal under test. */
export interface JournalTestContext {
  /** In a folder of its own; the same when a journal is to be opened again. Nothing is there at first. */
  readonly path: string;
}

export interface JournalTestOptions {
  /** Whether another journal at the same path finds what was written to the first. */
  readonly isDurable: boolean;
}

const runRecord = (id: string, fields: Partial<RunRecord> = {}): RunRecord => ({
  id,
  name: 'release',
  state: 'running',
  root: '/home/me/project',
  definition: '{"name":"release","steps":[]}',
  inputs: '{}',
  createdAtMs: 1_700_000_000_000.25,
  ...fields,
});
const run = (id: string, fields?: Partial<RunRecord>): JournalEntry => ({ type: 'run', run: runRecord(id, fields) });
const attempt = (id: string, step: string, fields: Partial<AttemptRecord> = {}): JournalEntry => ({
  type: 'attempt',
  run: id,
  attempt: { step, attempt: 1, startedAtMs: 1_000, ...fields },
});
const success = (id: string, step: string, durationMs: number): JournalEntry =>
  attempt(id, step, { end: 'succeeded', output: 'null', startedAtMs: 1_000, endedAtMs: 1_000 + durationMs });
const effectRecord = (sequence: number, fields: Partial<EffectRecord> = {}): EffectRecord => ({
  sequence,
  step: 'write',
  attempt: 1,
  workspace: 'files',
  intent: `{"number":${sequence}}`,
  isUndone: false,
  ...fields,
});
const effect = (id: string, sequence: number): JournalEntry => ({
  type: 'effect',
  run: id,
  effect: effectRecord(sequence),
});

/**
 * Declares the tests that every `Journal` must pass, in a vitest file. `create` is called for each test, and again at the same path
 * where that `isDurable`; the kit closes what it returns.
 */
export const testJournal = (
  name: string,
  create: (context: JournalTestContext) => Journal,
  { isDurable }: JournalTestOptions,
): void => {
  describe(`${name} keeps the contract of Journal`, () => {
    let folder: string;
    let journal: Journal;
    const open = (): Journal => create({ path: join(folder, 'journal') });
    const reopen = (): void => {
      if (!isDurable) return;
      journal.close();
      journal = open();
    };

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'hotpath-journal-'));
      journal = open();
    });
    afterEach(() => {
      journal.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('knows nothing at first', () => {
      expect(journal.load('absent')).toBeUndefined();
      expect(journal.runs()).toEqual([]);
      expect(journal.durations('release', 'build')).toEqual([]);
      journal.remove('absent');
    });

    it('gives back all that it was told of a run', async () => {
      const whole = runRecord('whole', {
        state: 'committed',
        endedAtMs: 1_700_000_000_900.5,
        undoneAtMs: 1_700_000_001_000.5,
        file: '/project/release.yaml',
        planHash: 'plan',
        resultHash: 'result',
        error: 'ключ "quoted"\nsecond line',
        costUsd: 0.001_25,
      });
      const build: AttemptRecord = {
        step: 'deploy/test[3]',
        attempt: 2,
        end: 'failed',
        output: '{"text":"日本\\u0000"}',
        error: 'exit code 1',
        startedAtMs: 5.5,
        endedAtMs: 7.25,
        costUsd: 0.5,
        touched: ['a.txt', 'b/ü.txt'],
        list: '[1,"zwei"]',
      };
      const bare: AttemptRecord = { step: 'bare', attempt: 1, startedAtMs: 6, question: 'Really?' };
      await journal.write(
        [
          { type: 'run', run: whole },
          { type: 'attempt', run: 'whole', attempt: build },
          { type: 'attempt', run: 'whole', attempt: bare },
          effect('whole', 0),
          { type: 'effect', run: 'whole', effect: effectRecord(1, { isUndone: true }) },
        ],
        'full',
      );
      reopen();
      expect(journal.load('whole')).toEqual({
        run: whole,
        attempts: [build, bare],
        effects: [effectRecord(0), effectRecord(1, { isUndone: true })],
      });
    });

    it('keeps big texts as they are', async () => {
      const definition = JSON.stringify({ steps: Array.from({ length: 2_000 }, (_, number) => `step ${number}`) });
      const inputs = JSON.stringify('x'.repeat(4_096));
      const output = JSON.stringify(Array.from({ length: 20_000 }, (_, number) => ({ number, text: 'résumé 日本' })));
      const intent = JSON.stringify('ü'.repeat(10_000));
      await journal.write(
        [
          run('big', { definition, inputs }),
          attempt('big', 'build', { end: 'succeeded', output }),
          { type: 'effect', run: 'big', effect: effectRecord(0, { intent }) },
        ],
        'full',
      );
      reopen();
      const history = journal.load('big');
      expect(history?.run.definition).toBe(definition);
      expect(history?.run.inputs).toBe(inputs);
      expect(history?.attempts[0]?.output).toBe(output);
      expect(history?.effects[0]?.intent).toBe(intent);
    });

    it('replaces an attempt by its end, in the place where it began', async () => {
      await journal.write([run('one'), attempt('one', 'z-first'), attempt('one', 'a-second')], 'relaxed');
      await journal.write([success('one', 'a-second', 5)], 'relaxed');
      await journal.write([success('one', 'z-first', 5), attempt('one', 'z-first', { attempt: 2 })], 'relaxed');
      reopen();
      const { attempts = [] } = journal.load('one') ?? {};
      expect(attempts.map(({ step, attempt: number, end }) => [step, number, end])).toEqual([
        ['z-first', 1, 'succeeded'],
        ['a-second', 1, 'succeeded'],
        ['z-first', 2, undefined],
      ]);
    });

    it('takes calls of one moment in their order, and shows them at once', async () => {
      const calls = [
        journal.write([run('one')], 'relaxed'),
        journal.write([attempt('one', 'a', { error: 'first' }), effect('one', 0)], 'relaxed'),
        journal.write([attempt('one', 'a', { error: 'second' })], 'full'),
        journal.write([{ type: 'effect-undone', run: 'one', sequence: 0 }], 'relaxed'),
        journal.write([attempt('one', 'a', { error: 'third' }), attempt('one', 'b')], 'relaxed'),
        journal.write([{ type: 'run-state', run: 'one', state: 'paused' }], 'relaxed'),
        journal.write([{ type: 'run-state', run: 'one', state: 'undoing' }], 'relaxed'),
      ];
      const expected = {
        run: runRecord('one', { state: 'undoing' }),
        attempts: [
          { step: 'a', attempt: 1, startedAtMs: 1_000, error: 'third' },
          { step: 'b', attempt: 1, startedAtMs: 1_000 },
        ],
        effects: [effectRecord(0, { isUndone: true })],
      };
      expect(journal.load('one')).toEqual(expected);
      await Promise.all(calls);
      reopen();
      expect(journal.load('one')).toEqual(expected);
    });

    it('changes of a run what a state names', async () => {
      await journal.write([run('one', { planHash: 'plan' })], 'relaxed');
      await journal.write(
        [{ type: 'run-state', run: 'one', state: 'kept', endedAtMs: 9, resultHash: 'r', error: 'why', costUsd: 0.25 }],
        'full',
      );
      await journal.write([{ type: 'run-state', run: 'one', state: 'undoing', endedAtMs: undefined }], 'full');
      reopen();
      expect(journal.load('one')?.run).toEqual(
        runRecord('one', {
          planHash: 'plan',
          state: 'undoing',
          endedAtMs: 9,
          resultHash: 'r',
          error: 'why',
          costUsd: 0.25,
        }),
      );
    });

    it('takes the end from a run that goes on, not what it has cost', async () => {
      await journal.write(
        [
          run('one'),
          { type: 'run-state', run: 'one', state: 'kept', endedAtMs: 9, resultHash: 'r', error: 'why', costUsd: 0.25 },
          { type: 'run-state', run: 'one', state: 'running' },
        ],
        'full',
      );
      reopen();
      expect(journal.load('one')?.run).toEqual(runRecord('one', { costUsd: 0.25 }));
    });

    it('keeps the end of a run that is taken back, and what it is from then on', async () => {
      const definition = JSON.stringify({ name: 'release', steps: 'x'.repeat(5_000) });
      await journal.write([run('one', { endedAtMs: 9, file: '/a.yaml' }), run('two')], 'relaxed');
      await journal.write([{ type: 'run-state', run: 'one', state: 'undone', undoneAtMs: 20 }], 'full');
      await journal.write(
        [
          { type: 'run-state', run: 'two', state: 'running', definition, file: '/b.yaml' },
          { type: 'run-state', run: 'two', state: 'kept' },
        ],
        'full',
      );
      reopen();
      expect(journal.load('one')?.run).toEqual(
        runRecord('one', { state: 'undone', endedAtMs: 9, undoneAtMs: 20, file: '/a.yaml' }),
      );
      expect(journal.load('two')?.run).toEqual(runRecord('two', { state: 'kept', definition, file: '/b.yaml' }));
    });

    it('starts a run anew that is told again', async () => {
      await journal.write([run('one'), success('one', 'a', 5), effect('one', 0)], 'relaxed');
      await journal.write([attempt('one', 'b'), run('one', { inputs: '{"again":true}' }), attempt('one', 'b')], 'full');
      reopen();
      const history = journal.load('one');
      expect(history?.run.inputs).toBe('{"again":true}');
      expect(history?.attempts.map(({ step }) => step)).toEqual(['b']);
      expect(history?.effects).toEqual([]);
      expect(journal.runs().length).toBe(1);
    });

    it('leaves out what belongs to no run', async () => {
      await journal.write(
        [
          attempt('absent', 'a'),
          effect('absent', 0),
          { type: 'run-state', run: 'absent', state: 'undone' },
          { type: 'effect-undone', run: 'absent', sequence: 0 },
        ],
        'full',
      );
      await journal.write([], 'full');
      expect(journal.load('absent')).toBeUndefined();
      expect(journal.runs()).toEqual([]);
    });

    it('keeps runs apart', async () => {
      await journal.write(
        [run('one'), run('two'), attempt('two', 'a'), effect('one', 0), effect('two', 0), effect('two', 1)],
        'full',
      );
      await journal.write([{ type: 'effect-undone', run: 'two', sequence: 0 }], 'full');
      reopen();
      expect(journal.load('one')?.attempts).toEqual([]);
      expect(journal.load('one')?.effects).toEqual([effectRecord(0)]);
      expect(journal.load('two')?.effects).toEqual([effectRecord(0, { isUndone: true }), effectRecord(1)]);
    });

    it('lists runs, the newest first, those that are wanted', async () => {
      await journal.write(
        [
          run('1', { root: '/a', state: 'committed' }),
          run('2', { root: '/b', state: 'committed', name: 'other' }),
          run('3', { root: '/a' }),
          run('4', { root: '/a', state: 'undoing', name: 'other' }),
        ],
        'full',
      );
      await journal.write([{ type: 'run-state', run: '1', state: 'undone' }], 'full');
      reopen();
      const idsOf = (...filter: Parameters<Journal['runs']>): string[] => journal.runs(...filter).map(({ id }) => id);
      expect(idsOf()).toEqual(['4', '3', '2', '1']);
      expect(idsOf({ limit: 2 })).toEqual(['4', '3']);
      expect(idsOf({ root: '/a' })).toEqual(['4', '3', '1']);
      expect(idsOf({ root: '/a', states: ['running', 'undoing'] })).toEqual(['4', '3']);
      expect(idsOf({ name: 'other' })).toEqual(['4', '2']);
      expect(idsOf({ states: ['undone'] })).toEqual(['1']);
      expect(idsOf({ states: [] })).toEqual([]);
      expect(idsOf({ name: 'unheard of' })).toEqual([]);
      expect(idsOf({ idPrefix: '2' })).toEqual(['2']);
      expect(idsOf({ idPrefix: '%' })).toEqual([]);
      expect(['1', '5'].map((id) => journal.has(id))).toEqual([true, false]);
    });

    it('knows how long a step took in the last ten runs in which it succeeded', async () => {
      for (let number = 1; number <= 12; number += 1)
        await journal.write([run(`run ${number}`), success(`run ${number}`, 'build', number)], 'relaxed');
      await journal.write(
        [
          run('lost'),
          attempt('lost', 'build', { end: 'failed', endedAtMs: 9_000 }),
          run('other', { name: 'other' }),
          success('other', 'build', 500),
          run('new'),
          attempt('new', 'build'),
          success('new', 'test', 700),
        ],
        'relaxed',
      );
      reopen();
      expect(journal.durations('release', 'build')).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
      expect(journal.durations('release', 'test')).toEqual([700]);
      expect(journal.durations('release', 'deploy')).toEqual([]);
    });

    it('forgets a run that is removed, and what is written of it later', async () => {
      await journal.write([run('one'), success('one', 'a', 5), effect('one', 0), run('two')], 'full');
      journal.remove('one');
      await journal.write([success('one', 'late', 5), effect('one', 1)], 'full');
      reopen();
      expect(journal.load('one')).toBeUndefined();
      expect(journal.runs().map(({ id }) => id)).toEqual(['two']);
      for (const step of ['a', 'late']) expect(journal.durations('release', step)).toEqual([]);
      await journal.write([run('one'), run('three')], 'full');
      for (const id of ['one', 'three']) expect(journal.load(id)).toMatchObject({ attempts: [], effects: [] });
    });

    it('may be closed twice', () => {
      journal.close();
      journal.close();
    });
  });
};
