/** One server-sent event. */
export interface ServerSentEvent {
  /** Its name; empty where the stream gave none. */
  readonly event: string;
  /** Its `data` lines, joined by line feeds. */
  readonly data: string;
}

/** Receives the bytes of one event, without the blank line that ended it. They are valid during the call only. */
export type FrameHandler = (bytes: Buffer, start: number, end: number) => void;

export interface SplitterOptions {
  /** An event larger than this is refused. @default 16,777,216 */
  readonly maxEventBytes?: number;
}

export interface EventSplitter {
  /** Hands over the events that these bytes completed. Returns false once an event has outgrown the limit: from then on bytes are ignored. */
  push(chunk: Uint8Array): boolean;
  /** Hands over what was left without its blank line. Returns whether there was anything. */
  flush(): boolean;
}

const lineFeed = 10;
const carriageReturn = 13;
const nothing = Buffer.alloc(0);
/** Buffers for unfinished events up to this size are kept for the next one. */
const keptBufferBytes = 65_536;

/**
 * Splits the bytes of a stream into events, wherever the chunks were cut. Handles every line ending, comments and a byte
 * order mark. Whole events are handed over where they lie; only an event that spans chunks is copied.
 */
export function splitFrames(onFrame: FrameHandler, options: SplitterOptions = {}): EventSplitter {
  const maxEventBytes = options.maxEventBytes ?? 16 * 1024 * 1024;
  let pending = nothing;
  let pendingBytes = 0;
  let afterReturn = false;
  let first = true;
  let overflowed = false;

  const deliver = (bytes: Buffer, start: number, end: number): void => {
    let from = start;
    if (first) {
      first = false;
      if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3;
    }
    if (end - from > maxEventBytes) overflowed = true;
    else if (end > from && !overflowed) onFrame(bytes, from, end);
  };

  /** Delivers the whole events from `from` on; returns where the unfinished rest begins. */
  const scan = (bytes: Buffer, from: number): number => {
    const length = bytes.length;
    let start = from;
    let position = from;
    while (position < length) {
      const newline = bytes.indexOf(lineFeed, position);
      if (newline === -1) break;
      position = newline + 1;
      if (newline === start) {
        start = position;
      } else if (position < length && bytes[position] === lineFeed) {
        deliver(bytes, start, newline);
        position += 1;
        start = position;
      }
    }
    return start;
  };

  // Doubling keeps a large event that trickles in from being copied again and again.
  const keep = (bytes: Buffer, start: number, end: number): void => {
    const total = pendingBytes + end - start;
    if (total > maxEventBytes + 1) {
      overflowed = true;
      pending = nothing;
      pendingBytes = 0;
      return;
    }
    if (total > pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(total, pending.length * 2, 1024));
      pending.copy(larger, 0, 0, pendingBytes);
      pending = larger;
    }
    bytes.copy(pending, pendingBytes, start, end);
    pendingBytes = total;
  };

  const deliverPending = (): void => {
    const bytes = pending;
    const end = bytes[pendingBytes - 1] === lineFeed ? pendingBytes - 1 : pendingBytes;
    pendingBytes = 0;
    if (bytes.length > keptBufferBytes) pending = nothing;
    deliver(bytes, 0, end);
  };

  /** Completes the unfinished event; returns where the next one begins, or -1 if it is still unfinished. */
  const completePending = (bytes: Buffer): number => {
    if (pending[pendingBytes - 1] === lineFeed && bytes[0] === lineFeed) {
      deliverPending();
      return 1;
    }
    let newline = bytes.indexOf(lineFeed);
    while (newline !== -1 && bytes[newline + 1] !== lineFeed) newline = bytes.indexOf(lineFeed, newline + 1);
    keep(bytes, 0, newline === -1 ? bytes.length : newline);
    if (newline === -1 || overflowed) return -1;
    deliverPending();
    return newline + 2;
  };

  /** Rewrites `\r\n` and `\r` as `\n`: exact, since neither may stand in an event's data. */
  const normalise = (bytes: Buffer): Buffer => {
    const lines = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    let from = afterReturn && bytes[0] === lineFeed ? 1 : 0;
    let position = bytes.indexOf(carriageReturn);
    afterReturn = bytes[bytes.length - 1] === carriageReturn;
    while (position !== -1) {
      if (position > from) length += bytes.copy(lines, length, from, position);
      lines[length++] = lineFeed;
      from = bytes[position + 1] === lineFeed ? position + 2 : position + 1;
      position = bytes.indexOf(carriageReturn, from);
    }
    if (from < bytes.length) length += bytes.copy(lines, length, from);
    return lines.subarray(0, length);
  };

  return {
    push(chunk) {
      if (overflowed || chunk.length === 0) return !overflowed;
      let bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (afterReturn || bytes.indexOf(carriageReturn) !== -1) bytes = normalise(bytes);
      const from = pendingBytes > 0 && bytes.length > 0 ? completePending(bytes) : 0;
      if (from === -1 || overflowed) return !overflowed;
      const rest = scan(bytes, from);
      if (rest < bytes.length && !overflowed) keep(bytes, rest, bytes.length);
      return !overflowed;
    },
    flush() {
      if (pendingBytes === 0) return false;
      deliverPending();
      return true;
    },
  };
}

/** Splits the bytes of a stream into events and decodes them. Events without data are left out. */
export function splitEvents(onEvent: (event: ServerSentEvent) => void, options?: SplitterOptions): EventSplitter {
  return splitFrames((bytes, start, end) => {
    const event = readEvent(bytes, start, end);
    if (event) onEvent(event);
  }, options);
}

const dataField = Buffer.from('data');
const eventField = Buffer.from('event');
const colon = 58;
const space = 32;

/** Reads the fields of one event, its lines ended by `\n`. Returns nothing for one without data, as browsers do. */
export function readEvent(bytes: Buffer, start: number, end: number): ServerSentEvent | undefined {
  let event = '';
  let data: string | undefined;
  let position = start;
  while (position < end) {
    const newline = bytes.indexOf(lineFeed, position);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    if (isField(bytes, position, lineEnd, dataField)) {
      const value = fieldValue(bytes, position + dataField.length, lineEnd);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (isField(bytes, position, lineEnd, eventField)) {
      event = fieldValue(bytes, position + eventField.length, lineEnd);
    }
    position = lineEnd + 1;
  }
  return data === undefined ? undefined : { event, data };
}

function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (start + name.length > end) return false;
  for (let index = 0; index < name.length; index += 1) if (bytes[start + index] !== name[index]) return false;
  return start + name.length === end || bytes[start + name.length] === colon;
}

function fieldValue(bytes: Buffer, afterName: number, end: number): string {
  const from = bytes[afterName + 1] === space ? afterName + 2 : afterName + 1;
  return from < end ? bytes.toString('utf8', from, end) : '';
}
