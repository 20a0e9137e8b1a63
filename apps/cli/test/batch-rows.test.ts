import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord } from '../src/batch/output-lines.ts';
import { type InputFormat, inputFormats, type Row, readRows } from '../src/batch/rows.ts';

/** In pieces of so many bytes, as a stream may bring them. */
const pieces = (bytes: Uint8Array, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );

const read = async (format: InputFormat, input: string | Uint8Array, size = 65_536): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of readRows('input', format, pieces(Buffer.from(input as string), size))) rows.push(row);
  return rows;
};

const columnsOf = async (...args: Parameters<typeof read>) => (await read(...args)).map(({ columns }) => columns);

describe('rows', () => {
  it('of JSONL are objects and texts, with the lines they stand on', async () => {
    expect(await read('jsonl', '{"a":1}\n\n"hello"\r\n  \n{"b":{"c":[2]}}')).toEqual([
      { row: 1, line: 1, columns: { a: 1 } },
      { row: 2, line: 3, columns: { prompt: 'hello' } },
      { row: 3, line: 5, columns: { b: { c: [2] } } },
    ]);
  });

  it.each([
    ['{"a":1}\n{"a":', 'input, line 2: it is not JSON'],
    ['"a"\n\n[1]', 'input, line 3: it is neither an object nor a string'],
    ['null', 'input, line 1: it is neither'],
  ])('of JSONL that are none are named: %j', async (text, message) => {
    await expect(read('jsonl', text)).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('of text are its lines, also where Unicode has other ends of lines', async () => {
    expect(await columnsOf('txt', 'one\r\n\ntwo\u2028three\n four ')).toEqual([
      { prompt: 'one' },
      { prompt: 'two\u2028three' },
      { prompt: ' four ' },
    ]);
    expect(await columnsOf('jsonl', '"a\u2028b"\n"c"')).toEqual([{ prompt: 'a\u2028b' }, { prompt: 'c' }]);
  });

  it('of CSV have line feeds, commas and quotes in quoted fields', async () => {
    expect(await read('csv', 'text,n\r\n"a\r\nb, ""c""",1\r\n\r\nd,2\r\n')).toMatchObject([
      { row: 1, columns: { text: 'a\r\nb, "c"', n: '1' } },
      { row: 2, columns: { text: 'd', n: '2' } },
    ]);
  });

  it.each([
    ['a,b\n1,2\n1,2,3\n', 'line 3: it has 3 fields, and the header has 2 columns'],
    ['a,a\n1,2\n', 'two columns are called "a"'],
    ['a\n"open', 'line'],
    ['a\nx"y"\n', 'line'],
  ])('of CSV that do not fit are named: %j', async (text, message) => {
    await expect(read('csv', text)).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it.each(inputFormats)('of %s may begin with a byte order mark', async (format) => {
    const text = { jsonl: '{"prompt":"ü"}', csv: 'prompt\nü\n', txt: 'ü' }[format];
    expect(await columnsOf(format, Buffer.from(`\ufeff${text}`), 1)).toEqual([{ prompt: 'ü' }]);
  });

  it.each(inputFormats)('of %s must be UTF-8', async (format) => {
    const bytes = Buffer.concat([Buffer.from('"a"\n"b"\n"'), Buffer.from([0xe9]), Buffer.from('"\n')]);
    await expect(read(format, bytes, 4)).rejects.toMatchObject({
      code: 'CLI_INPUT_INVALID',
      message: expect.stringMatching(/line 3: it is not UTF-8/),
    });
    await expect(read(format, Buffer.from('\ufeffa\n', 'utf16le'))).rejects.toMatchObject({
      message: expect.stringContaining('UTF-16'),
    });
  });

  it('may be as long as 10 MB', async () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    expect(await columnsOf('jsonl', `${JSON.stringify({ long })}\n"b"\n`)).toEqual([{ long }, { prompt: 'b' }]);
    expect(await columnsOf('csv', `prompt\n"${long}"\n`)).toEqual([{ prompt: long }]);
  });

  it('are read or refused, whatever bytes there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...inputFormats),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .array(fc.constantFrom('"', ',', '\n', '\r', '\\', '{', '}', ':', 'a', 'ü', '\u2028', '\0'), {
              maxLength: 60,
            })
            .map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
        ),
        fc.integer({ min: 1, max: 20 }),
        async (format, bytes, size) => {
          try {
            for (const { columns, row } of await read(format, bytes, size)) {
              expect(row).toBeGreaterThan(0);
              expect(typeof columns).toBe('object');
            }
          } catch (error) {
            expect(error).toMatchObject({ code: 'CLI_INPUT_INVALID' });
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('do not depend on how the bytes come', async () => {
    const text = fc.array(fc.constantFrom('a', 'ü', '😀', '\r\n', '\n', '\r', ' '), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (parts, size) => {
        expect(await read('txt', parts.join(''), size)).toEqual(await read('txt', parts.join('')));
      }),
    );
  });
});

describe('CSV', () => {
  it('that is written is read again', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('"', ',', '\n', '\r\n', '\r', ' ', 'a'), { maxLength: 8 })
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 4 })
          .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }))),
        async (records) => {
          const header = (records[0] ?? ['']).map((_, at) => `c${at}`);
          const text = [header, ...records].map(csvRecord).join('');
          const rows = await columnsOf('csv', text, 5);
          expect(rows.map((row) => Object.values(row))).toEqual(records);
        },
      ),
      { numRuns: 300 },
    );
  });
});
