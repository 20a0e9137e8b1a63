import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { inputInvalid } from '../errors.ts';
import { mostRowCharacters } from './text-lines.ts';

interface ParsedRecord {
  readonly record: readonly string[];
  /** `lines`: read so far. */
  readonly info: { readonly lines: number };
}

export interface CsvRecord {
  readonly fields: ReadonlyMap<string, string>;
  /** Where it ends; from 1. */
  readonly line: number;
}

const nameColumns = (name: string, header: readonly string[], line: number): readonly string[] => {
  const names = header.map((title, index) => (title.trim() === '' ? `column ${index + 1}` : title.trim()));
  const twice = names.find((title, index) => names.indexOf(title) !== index);
  if (twice !== undefined) throw inputInvalid(name, line, `two columns are called "${twice}". Rename one.`);
  return names;
};

/** RFC 4180: fields in quotes may hold commas, quotes and line feeds. The first record names the columns. */
export const readCsv = async function* (name: string, pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  const parser = parse({
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: mostRowCharacters,
  });
  // The iteration below throws what goes wrong here.
  pipeline(Readable.from(pieces), parser, () => {});
  let columns: readonly string[] | undefined;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      line = info.lines;
      if (columns === undefined) {
        columns = nameColumns(name, record, line);
        continue;
      }
      if (record.length !== columns.length) {
        throw inputInvalid(
          name,
          line,
          `it has ${record.length} fields, and the header has ${columns.length} columns. Put fields with commas in quotes.`,
        );
      }
      yield { fields: new Map(columns.map((column, index) => [column, record[index] ?? ''])), line };
    }
  } catch (error) {
    if (error instanceof CsvError) throw inputInvalid(name, Number(error.lines ?? line), error.message);
    throw error;
  }
};
