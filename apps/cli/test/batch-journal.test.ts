import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetOldJobs, jobFiles } from '../src/batch/job-files.ts';
import { type Journal, openJournal } from '../src/batch/journal.ts';
import type { Outcome } from '../src/batch/outcome.ts';
import type { Question } from '../src/batch/question.ts';
import { questionOf } from './batch-questions.ts';

let folder: string;
let path: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-batch-'));
  path = join(folder, 'job.sqlite');
  journal = openJournal(path, 'out.jsonl');
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const reopen = (): void => {
  journal.close();
  journal = openJournal(path, 'out.jsonl');
};

const question = (row: number, prompt: string): Question => questionOf({ row, line: row, columns: { prompt } });
const answer = (text: string): Outcome => ({ answer: text, model: 'p/m', cache: 'miss', costUsd: 0.25 });
const failure: Outcome = { error: { code: 'C', message: 'm' } };

const plan = (...questions: readonly Question[]) => {
  const states = questions.map((one) => journal.plan(one));
  journal.planned();
  return states;
};

describe('the journal of a job', () => {
  it('knows in the next run what became of a row, wherever it stands then', () => {
    plan(question(1, 'a'), question(2, 'b'), question(3, 'c'));
    journal.settled(journal.asked(question(1, 'a'), undefined), answer('A'));
    journal.settled(journal.asked(question(2, 'b'), undefined), failure);
    journal.asked(question(3, 'c'), undefined);
    journal.unasked(journal.asked(question(4, 'd'), undefined));
    reopen();
    expect(plan(question(1, 'new'), question(2, 'a'), question(3, 'b'), question(4, 'c'), question(5, 'd'))).toEqual([
      undefined,
      'answered',
      'failed',
      'asked',
      undefined,
    ]);
    expect(journal.entryOf(question(2, 'a'))).toMatchObject({ state: 'answered', outcome: answer('A') });
    expect(journal.entryOf(question(1, 'new'))).toBeUndefined();
    expect([journal.unused(), journal.spentUsd()]).toEqual([0, 0.25]);
  });

  it('has an answer for each of the rows that ask the same, and gives none to two', () => {
    for (const row of [1, 2]) journal.settled(journal.asked(question(row, 'same'), undefined), answer(`A${row}`));
    reopen();
    expect(plan(question(1, 'other'), question(2, 'same'), question(3, 'same'), question(4, 'same'))).toEqual([
      undefined,
      'answered',
      'answered',
      undefined,
    ]);
    const answers = [2, 3].map((row) => journal.entryOf(question(row, 'same'))?.outcome);
    expect(answers).toEqual([answer('A2'), answer('A1')]);
  });

  it('does not know a row that is asked again until it is over', () => {
    journal.settled(journal.asked(question(1, 'a'), undefined), failure);
    reopen();
    plan(question(1, 'a'));
    journal.asked(question(1, 'a'), journal.entryOf(question(1, 'a')));
    reopen();
    expect(plan(question(1, 'a'))).toEqual(['asked']);
    expect(journal.entryOf(question(1, 'a'))).toMatchObject({ outcome: undefined });
  });

  it('adds up what was paid for a row that was asked twice', () => {
    const unfit: Outcome = { ...failure, costUsd: 0.5, cache: 'miss' };
    const id = journal.asked(question(1, 'a'), undefined);
    journal.settled(id, unfit);
    journal.settled(id, answer('A'));
    expect(journal.spentUsd()).toBe(0.75);
  });

  it('counts what was paid for a row that is still to be asked', () => {
    const id = journal.asked(question(1, 'a'), undefined);
    journal.paid(id, 0.5);
    reopen();
    expect(plan(question(1, 'a'))).toEqual(['asked']);
    expect(journal.spentUsd()).toBe(0.5);
    journal.settled(journal.asked(question(1, 'a'), journal.entryOf(question(1, 'a'))), answer('A'));
    expect(journal.spentUsd()).toBe(0.75);
  });

  it('counts answers that no row asks for', () => {
    for (const row of [1, 2]) journal.settled(journal.asked(question(row, `q${row}`), undefined), answer('A'));
    reopen();
    plan(question(1, 'q2'));
    expect(journal.unused()).toBe(1);
  });

  it('does not take a row for another that has come to its place', () => {
    journal.settled(journal.asked(question(1, 'a'), undefined), answer('A'));
    reopen();
    plan(question(1, 'a'));
    expect(journal.entryOf(question(1, 'b'))).toBeUndefined();
  });

  it('is for one process, and forgets when it begins anew', () => {
    journal.settled(journal.asked(question(1, 'a'), undefined), answer('A'));
    journal.remember('model', 'm');
    expect(() => openJournal(path, 'out.jsonl')).toThrow(expect.objectContaining({ code: 'CLI_BATCH_RUNNING' }));
    expect(() => openJournal(path, 'out.jsonl', { restart: true })).toThrow('another "hotpath batch"');
    journal.close();
    journal = openJournal(path, 'out.jsonl', { restart: true });
    expect(plan(question(1, 'a'))).toEqual([undefined]);
    expect([journal.spentUsd(), journal.recall('model')]).toEqual([0, undefined]);
  });
});

describe('the files of jobs', () => {
  it('are known by the output, and forgotten when nobody has gone on for long', () => {
    const one = jobFiles(folder, 'a.jsonl');
    expect(jobFiles(folder, './a.jsonl')).toEqual(one);
    expect(jobFiles(folder, 'b.jsonl').journal).not.toBe(one.journal);
    const [old, young] = [join(folder, 'old.sqlite'), join(folder, 'young.sqlite')];
    for (const file of [old, young]) writeFileSync(file, '');
    const day = 86_400;
    utimesSync(old, 0, Date.now() / 1_000 - 91 * day);
    utimesSync(young, 0, Date.now() / 1_000 - 89 * day);
    forgetOldJobs(folder);
    expect([old, young].map((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)).toEqual([false, true]);
    forgetOldJobs(join(folder, 'none'));
  });
});
