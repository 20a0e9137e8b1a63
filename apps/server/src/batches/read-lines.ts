import { createReadStream } from 'node:fs';

export interface Line {
  /** From 1, as editors count; empty lines count as well. */
  readonly number: number;
  /** Where it begins in the file, bytes. */
  readonly offset: number;
  readonly length: number;
  /** Without its line break; undefined for a line of more than `maxLineBytes`. */
  readonly bytes: Buffer | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

const trimmedLength = (bytes: Buffer): number =>
  bytes.at(-1) === carriageReturn ? bytes.byteLength - 1 : bytes.byteLength;

/** Reads a file line by line and never holds more than one of them. Its last line needs no line break. */
export async function* readLines(path: string, maxLineBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Line> {
  let pieces: Buffer[] = [];
  let held = 0;
  let offset = 0;
  let number = 0;

  const add = (piece: Buffer): void => {
    held += piece.byteLength;
    if (held <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };

  const take = (): Line => {
    const whole = held <= maxLineBytes ? Buffer.concat(pieces) : undefined;
    const bytes = whole?.subarray(0, trimmedLength(whole));
    number += 1;
    const line = { number, offset, length: bytes?.byteLength ?? held, bytes };
    pieces = [];
    held = 0;
    return line;
  };

  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) break;
      add(chunk.subarray(start, end));
      const consumed = held + 1;
      yield take();
      offset += consumed;
      start = end + 1;
    }
    if (start < chunk.byteLength) add(chunk.subarray(start));
  }
  if (held > 0) yield take();
}

/** Nothing but white space: not a line of anything. */
export const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09);
