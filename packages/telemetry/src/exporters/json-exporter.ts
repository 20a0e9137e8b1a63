import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { TelemetryError } from '../errors.ts';
import type { EventBatch, Exporter } from '../exporter.ts';
import { makeFolder } from '../make-folder.ts';
import { rowsOf } from './rows.ts';

export interface JsonExporterOptions {
  /** A file that is added to, and made where it is not there; or a stream, which stays open. */
  readonly to: string | Writable;
}

/** Whole lines, one for each event. */
const linesOf = (batch: EventBatch): string => {
  const { kind } = batch;
  let lines = '';
  for (const row of rowsOf(batch)) {
    const line: Record<string, string | number> = { kind: kind.name, at: new Date(row.atMs).toISOString() };
    if (kind.isCounted) line.count = row.count;
    kind.textNames.forEach((name, place) => {
      const text = row.text(place);
      if (text !== undefined) line[name] = text;
    });
    kind.dimensionNames.forEach((name, place) => {
      const value = row.names[place];
      if (value !== undefined && value !== '') line[name] = value;
    });
    kind.measureNames.forEach((name, place) => {
      const figure = row.figure(place);
      if (!Number.isNaN(figure)) line[name] = figure;
    });
    lines += `${JSON.stringify(line)}\n`;
  }
  return lines;
};

interface Target {
  write(lines: string): Promise<void>;
  close(): Promise<void>;
}

const toStream = (stream: Writable): Target => {
  // Whoever writes is told of each fault; without a listener it would end the process.
  const ignore = (): void => {};
  stream.on('error', ignore);
  return {
    write: (lines) =>
      new Promise((resolve, reject) => {
        // Of what is written to one that has failed, nothing is heard any more.
        if (stream.writable) stream.write(lines, (error) => (error ? reject(error) : resolve()));
        else reject(stream.errored ?? new Error('the stream has ended'));
      }),
    async close() {
      stream.off('error', ignore);
    },
  };
};

const toFile = (path: string): Target => {
  let file: FileHandle | undefined;
  return {
    async write(lines) {
      if (file === undefined) {
        makeFolder(dirname(path));
        // Names of models, ids of keys and costs are nobody else's to read.
        file = await open(path, 'a', 0o600);
      }
      // One write of whole lines: those of other processes come before or after.
      await file.appendFile(lines);
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
};

/**
 * Writes events as lines of JSON (NDJSON): `kind`, `at`, and its texts, names and figures by their names; those it has not are left out.
 * Events are safe when they are handed to the file or the stream.
 */
export const createJsonExporter = ({ to }: JsonExporterOptions): Exporter => {
  const target = typeof to === 'string' ? toFile(to) : toStream(to);
  let closing: Promise<void> | undefined;
  return {
    name: 'json',
    async export(batch) {
      if (closing !== undefined)
        throw new TelemetryError('TELEMETRY_CLOSED', 'The exporter of JSON is closed: use it before closing it.');
      await target.write(linesOf(batch));
    },
    close() {
      closing ??= target.close();
      return closing;
    },
  };
};
