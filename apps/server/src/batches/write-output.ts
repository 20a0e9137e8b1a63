import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Journal } from './journal.ts';
import { syncFolder } from './place.ts';
import type { LineKind } from './records.ts';

const newline = Buffer.from('\n');
/** So many results are read at a time: one after the other they would take minutes. */
const readAhead = 32;
const readAheadBytes = 1_048_576;

/**
 * Writes the results of `lines` lines into files, in the order of the input. `choose`: the path for a kind of result. Returns
 * how many bytes each file has; those without a line are not made. All of them outlive a loss of power.
 */
export const writeOutput = async (
  journal: Pick<Journal, 'kindOf' | 'lengthOf' | 'read'>,
  lines: number,
  choose: (kind: LineKind) => string,
): Promise<ReadonlyMap<string, number>> => {
  const streams = new Map<string, WriteStream>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const streamOf = (path: string): WriteStream => {
    const open = streams.get(path);
    if (open) return open;
    const stream = createWriteStream(path, { mode: 0o600, flush: true });
    stream.on('error', failed.reject);
    streams.set(path, stream);
    return stream;
  };

  try {
    for (let from = 0, to = 0; from < lines; from = to) {
      for (let bytes = 0; to < lines && to - from < readAhead && bytes < readAheadBytes; to++)
        bytes += journal.lengthOf(to);
      const group = Array.from({ length: to - from }, (_, at) => from + at);
      const records = await Promise.all(group.map((line) => journal.read(line)));
      for (const [at, record] of records.entries()) {
        const kind = journal.kindOf(from + at);
        if (!kind) throw new Error(`line ${from + at} has no result`);
        const stream = streamOf(choose(kind));
        stream.write(record);
        stream.write(newline);
      }
      for (const stream of streams.values()) {
        if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), failed.promise]);
      }
    }
    const sizes = new Map<string, number>();
    for (const [path, stream] of streams) {
      const closed = once(stream, 'close');
      stream.end();
      await Promise.race([closed, failed.promise]);
      sizes.set(path, stream.bytesWritten);
    }
    for (const folder of new Set([...streams.keys()].map(dirname))) await syncFolder(folder);
    return sizes;
  } catch (error) {
    for (const stream of streams.values()) stream.destroy();
    throw error;
  }
};
