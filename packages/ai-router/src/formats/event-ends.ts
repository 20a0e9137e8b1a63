const lineFeed = 10;
const carriageReturn = 13;

/** Finds where the events of a stream end in its bytes as they are, whatever ends their lines and wherever they are cut. */
export interface EventEnds {
  /**
   * To be called with every chunk. Returns 1 where its first byte is a line feed that belongs to the carriage return
   * before it, in the chunk before, else 0: the search begins there.
   */
  begin(chunk: Buffer): number;
  /** Where the event that `from` is in ends, its blank line included, or -1 if not in this chunk. */
  next(from: number): number;
}

export function createEventEnds(): EventEnds {
  let bytes: Buffer = Buffer.alloc(0);
  let hasReturns = false;
  /** Whether the line under way is empty so far. */
  let atLineStart = true;
  /** Whether the last byte was a carriage return. */
  let afterReturn = false;

  const nextPlain = (from: number): number => {
    if (atLineStart && bytes[from] === lineFeed) return from + 1;
    let position = from;
    for (;;) {
      const newline = bytes.indexOf(lineFeed, position);
      atLineStart = newline !== -1;
      if (newline === -1) return -1;
      position = newline + 1;
      if (position === bytes.length) return -1;
      if (bytes[position] === lineFeed) return position + 1;
    }
  };

  const nextOfAny = (from: number): number => {
    let position = from;
    while (position < bytes.length) {
      const byte = bytes[position];
      position += 1;
      const wasAtStart = atLineStart;
      atLineStart = byte === lineFeed || byte === carriageReturn;
      if (byte === carriageReturn) {
        if (bytes[position] === lineFeed) position += 1;
        else afterReturn = position === bytes.length;
      }
      if (wasAtStart && atLineStart) return position;
    }
    return -1;
  };

  return {
    begin(chunk) {
      bytes = chunk;
      hasReturns = chunk.indexOf(carriageReturn) !== -1;
      const completes = afterReturn && chunk[0] === lineFeed;
      afterReturn &&= chunk.length === 0;
      return completes ? 1 : 0;
    },
    next(from) {
      if (from >= bytes.length) return -1;
      return hasReturns ? nextOfAny(from) : nextPlain(from);
    },
  };
}
