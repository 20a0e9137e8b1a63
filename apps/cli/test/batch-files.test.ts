import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetOldJobs, jobFiles } from '../src/batch/job-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-batch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

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
