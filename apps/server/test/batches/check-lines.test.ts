import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLines } from '../../src/batches/check-lines.ts';
import { indexLines } from '../../src/batches/line-index.ts';
import { readLines } from '../../src/batches/read-lines.ts';
import { line, makeFolder, textOf } from './support.ts';

const file = (content: string | Buffer): string => {
  const path = join(makeFolder(), 'in.jsonl');
  writeFileSync(path, content);
  return path;
};
const checks = { endpoint: '/v1/chat/completions', maxLines: 5, maxLineBytes: 1000 };
const check = (content: string | Buffer) => checkLines(file(content), checks);
const codes = async (content: string | Buffer) =>
  (await check(content)).faults.map((fault) => [fault.line, fault.code]);

describe('the lines of a file', () => {
  it('are found wherever the chunks of its reading end', async () => {
    const content = Array.from({ length: 9000 }, (_, at) => `${at}:${'é'.repeat(at % 90)}`).join('\r\n');
    const path = file(content);
    const whole = Buffer.from(content);
    const found = [];
    for await (const { bytes, offset, length, number } of readLines(path)) {
      found.push(bytes?.toString());
      expect(number).toBe(found.length);
      expect(whole.toString('utf8', offset, offset + length)).toBe(found.at(-1));
    }
    expect(found.join('\r\n')).toBe(content);
  });

  it('are as many with a break at the end as without', async () => {
    for (const content of ['a\nb', 'a\nb\n', 'a\r\n\r\nb\r\n \t\n']) {
      const index = await indexLines(file(content));
      expect(index.count).toBe(2);
      expect(content.slice(index.offset(1), index.offset(1) + index.length(1))).toBe('b');
    }
  });
});

describe('an input file', () => {
  it('may begin with a mark, and have breaks of either kind and blank lines', async () => {
    const text = [line('a'), '', line('b')].map((each) => (each === '' ? '' : JSON.stringify(each))).join('\r\n');
    const { index, faults } = await check(`\u{feff}${text}\r\n`);
    expect(faults).toEqual([]);
    const bytes = Buffer.from(`\u{feff}${text}`);
    const parsed = [0, 1].map((at) =>
      JSON.parse(bytes.toString('utf8', index.offset(at), index.offset(at) + index.length(at))),
    );
    expect(parsed).toEqual([line('a'), line('b')]);
  });

  it('is refused with more lines, or longer ones, than there may be', async () => {
    const lines = Array.from({ length: 6 }, (_, at) => line(`${at}`));
    expect(await codes(textOf(lines.slice(0, 5)))).toEqual([]);
    expect(await codes(textOf(lines))).toEqual([[null, 'too_many_tasks']]);
    expect(await codes(textOf([line('a'), line('b'.repeat(400), { x: 'y'.repeat(700) })]))).toEqual([
      [2, 'line_too_long'],
    ]);
    expect(await codes(textOf([{ ...line('b'), custom_id: 'b'.repeat(513) }]))).toEqual([[1, 'invalid_custom_id']]);
  });

  it('is refused with bytes that are no text', async () => {
    expect(await codes(Buffer.from('{"custom_id":"\xff"}', 'latin1'))).toEqual([[1, 'invalid_json_line']]);
  });

  it('is told so many faults and no more', async () => {
    const { faults } = await checkLines(file('x\n'.repeat(500)), { ...checks, maxLines: 1000 });
    expect(faults).toHaveLength(100);
    expect(faults.at(-1)).toMatchObject({ line: 100 });
  });
});
