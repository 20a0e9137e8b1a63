import type { Readable } from 'node:stream';
import { inputInvalid } from '../errors.ts';
import { readText } from './text-chunks.ts';
import { readLines } from './text-lines.ts';

export const inputFormats = ['jsonl', 'csv', 'txt'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** One thing to ask. */
export interface Row {
  /** From 1, blank lines not counted. */
  readonly row: number;
  /** Of the file, from 1: where the row is, or ends. */
  readonly line: number;
  readonly columns: Readonly<Record<string, unknown>>;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text alone is its row's prompt. */
const parseRow = (name: string, text: string, line: number): Row['columns'] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw inputInvalid(name, line, `it is not JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
  if (typeof value === 'string') return { prompt: value };
  if (isObject(value)) return value;
  throw inputInvalid(name, line, 'it is neither an object nor a string.');
};

const readColumns = async function* (
  name: string,
  format: InputFormat,
  pieces: AsyncIterable<string>,
): AsyncGenerator<Omit<Row, 'row'>> {
  if (format === 'csv') {
    const { readCsv } = await import('./csv-records.ts');
    for await (const { fields, line } of readCsv(name, pieces)) yield { columns: Object.fromEntries(fields), line };
    return;
  }
  for await (const { text, line } of readLines(name, pieces)) {
    yield { columns: format === 'txt' ? { prompt: text } : parseRow(name, text, line), line };
  }
};

/** The rows of a file, one at a time. `name` is for errors: throws `CLI_INPUT_INVALID` with the line. */
export const readRows = async function* (
  name: string,
  format: InputFormat,
  source: Readable | AsyncIterable<Uint8Array>,
): AsyncGenerator<Row> {
  let row = 0;
  for await (const { columns, line } of readColumns(name, format, readText(name, source))) {
    row += 1;
    yield { row, line, columns };
  }
};
