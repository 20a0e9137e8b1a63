import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openOrderedFile } from '../src/batch/ordered-file.ts';
import type { Answered } from '../src/batch/outcome.ts';
import { createCsvLines, createJsonLines } from '../src/batch/output-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'hotpath-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'out.jsonl');

const outcome: Answered = {
  answer: 'an "answer",\nin two lines',
  model: 'openai/m',
  usage: { inputTokens: 3, outputTokens: 4 },
  costUsd: 0.5,
  cache: 'miss',
};
const failed = { error: { code: 'C', message: 'why' } };
const row = { row: 2, line: 5, columns: { id: 7, answer: 'the right one', tags: ['a'] } };

describe('the output', () => {
  it('as JSONL has the columns of the input, under other names where they are ours', () => {
    const { head, line } = createJsonLines({ includesInput: true });
    expect(head).toBe('');
    expect(line(row, outcome)).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(line(row, outcome))).toEqual({
      row: 2,
      id: 7,
      input_answer: 'the right one',
      tags: ['a'],
      ...outcome,
    });
    expect(JSON.parse(createJsonLines({ includesInput: false }).line(row, failed))).toEqual({ row: 2, ...failed });
  });

  it('as CSV has a column for each of the input', () => {
    const { head, line } = createCsvLines({ columns: ['id', 'answer', 'tags', 'absent'], includesInput: true });
    expect(head).toBe(
      'row,id,input_answer,tags,absent,answer,model,input_tokens,output_tokens,cost_usd,cache,finish_reason,error_code,error_message\n',
    );
    expect(line(row, outcome)).toBe(
      '2,7,the right one,"[""a""]",,"an ""answer"",\nin two lines",openai/m,3,4,0.5,miss,,,\n',
    );
    expect(line(row, failed)).toBe('2,7,the right one,"[""a""]",,,,,,,,,C,why\n');
  });
});

describe('an ordered file', () => {
  it('is the lines that were written, whatever was there before', () => {
    const line = fc.constantFrom('a\n', 'bb\n', 'a long line\n');
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.array(line, { minLength: 1 })), fc.nat(40), (before, blocks, cutAt) => {
        writeFileSync(path, before.join('').slice(0, cutAt));
        const file = openOrderedFile(path);
        for (const block of blocks) file.write(block.join(''));
        file.finish();
        file.close();
        expect(readFileSync(path, 'utf8')).toBe(blocks.flat().join(''));
      }),
    );
  });

  it('keeps what is the same, and nothing else, while it is written', () => {
    writeFileSync(path, 'one\ntwo\nthree\nfo');
    const file = openOrderedFile(path);
    file.write('one\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\nfo');
    file.write('two\nthird\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthird\n');
    file.close();
  });

  it('that cannot be opened is named', () => {
    expect(() => openOrderedFile(folder)).toThrow(expect.objectContaining({ code: 'CLI_FILE_UNUSABLE' }));
  });
});
