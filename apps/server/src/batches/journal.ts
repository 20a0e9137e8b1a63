import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readLines } from './read-lines.ts';
import { type BatchUsage, type Counts, type LineKind, noCounts, noUsage } from './records.ts';

/** What became of a line, and its line of the output. */
export interface LineResult {
  /** From 0, blank lines left out. */
  readonly line: number;
  readonly kind: LineKind;
  readonly usage?: BatchUsage;
  /** JSON without line breaks. */
  readonly record: Buffer;
}

/** The results of a batch so far, in the order in which they came. */
export interface Journal {
  has(line: number): boolean;
  kindOf(line: number): LineKind | undefined;
  /** Of its output line, bytes; 0 where there is none. */
  lengthOf(line: number): number;
  readonly counts: Counts;
  readonly usage: BatchUsage;
  /** Resolves once the result would outlive a loss of power; only then it counts. A line's first result stays. */
  append(result: LineResult): Promise<void>;
  /** The output line of a result that counts. */
  read(line: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A result is a line of its own: a head with the sum of what follows, a tab, and the record. */
interface Head {
  readonly line: number;
  readonly kind: LineKind;
  readonly usage?: BatchUsage;
  readonly crc: number;
}

interface Place {
  readonly kind: LineKind;
  readonly offset: number;
  readonly length: number;
}

interface Waiting {
  readonly result: LineResult;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

const tab = 0x09;

const write = ({ line, kind, usage, record }: LineResult): { readonly head: Buffer; readonly record: Buffer } => {
  const head: Head = { line, kind, ...(usage && { usage }), crc: crc32(record) };
  return { head: Buffer.from(`${JSON.stringify(head)}\t`), record };
};

/** Undefined for what a crash left half written. */
const readHead = (bytes: Buffer): { readonly head: Head; readonly at: number } | undefined => {
  const end = bytes.indexOf(tab);
  if (end === -1) return undefined;
  try {
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as Head;
    return crc32(bytes.subarray(end + 1)) === head.crc ? { head, at: end + 1 } : undefined;
  } catch {
    return undefined;
  }
};

const sum = (a: BatchUsage, b: BatchUsage): BatchUsage => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  output: a.output + b.output,
  reasoning: a.reasoning + b.reasoning,
});

/**
 * Opens the journal of a batch, and makes it where there is none. What a crash left at its end is cut off: it never counted.
 * Results that arrive while others are being written are written together, off the main thread.
 */
export const openJournal = async (path: string): Promise<Journal> => {
  const file: FileHandle = await open(path, 'a+', 0o600);
  const places: (Place | undefined)[] = [];
  let counts: Counts = noCounts;
  let usage = noUsage;
  let size = 0;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let broken: unknown;

  const count = (head: Pick<LineResult, 'line' | 'kind' | 'usage'>, offset: number, length: number): void => {
    if (places[head.line]) return;
    places[head.line] = { kind: head.kind, offset, length };
    counts = { ...counts, [head.kind]: counts[head.kind] + 1 };
    if (head.usage) usage = sum(usage, head.usage);
  };

  const load = async (): Promise<void> => {
    const { size: found } = await file.stat();
    for await (const { offset, length, bytes } of readLines(path)) {
      const entry = bytes && offset + length < found ? readHead(bytes) : undefined;
      if (!entry) break;
      count(entry.head, offset + entry.at, length - entry.at);
      size = offset + length + 1;
    }
    if (size < found) await file.truncate(size);
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const written = group.map(({ result }) => write(result));
      try {
        if (broken !== undefined) throw broken;
        await file.appendFile(Buffer.concat(written.flatMap(({ head, record }) => [head, record, Buffer.from('\n')])));
        await file.datasync();
      } catch (error) {
        // Half of it may be there: nothing is written after it until the journal is opened anew.
        broken = error;
        for (const { fail } of group) fail(error);
        continue;
      }
      for (const [at, { result, done }] of group.entries()) {
        const { head, record } = written[at] as { head: Buffer; record: Buffer };
        count(result, size + head.byteLength, record.byteLength);
        size += head.byteLength + record.byteLength + 1;
        done();
      }
    }
    writing = undefined;
  };

  try {
    await load();
  } catch (error) {
    await file.close();
    throw error;
  }

  return {
    has: (line) => places[line] !== undefined,
    kindOf: (line) => places[line]?.kind,
    lengthOf: (line) => places[line]?.length ?? 0,
    get counts() {
      return counts;
    },
    get usage() {
      return usage;
    },
    append: (result) =>
      new Promise((done, fail) => {
        if (broken !== undefined) {
          fail(broken);
          return;
        }
        waiting.push({ result, done, fail });
        writing ??= writeAll();
      }),
    async read(line) {
      const place = places[line];
      if (!place) throw new Error(`line ${line} has no result`);
      const bytes = Buffer.allocUnsafe(place.length);
      await file.read(bytes, 0, place.length, place.offset);
      return bytes;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
};
