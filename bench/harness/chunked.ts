/** Takes the chunks of an HTTP/1.1 response apart, however its bytes are cut (RFC 9112, 7.1). */
export interface ChunkedReader {
  /** Returns the content that these bytes hold. Throws for what is no chunk. */
  push(bytes: Buffer): string;
  /** The last chunk has arrived, and the trailers behind it. */
  readonly isOver: boolean;
}

/** Content is read as Latin-1: what these benches send is ASCII. */
export const createChunkedReader = (): ChunkedReader => {
  let rest = '';
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    push(bytes) {
      rest += bytes.toString('latin1');
      let content = '';
      while (!isOver) {
        const end = rest.indexOf('\r\n');
        if (end < 0) break;
        const size = Number.parseInt(rest.slice(0, end), 16);
        if (!(size >= 0)) throw new Error(`This is no size of a chunk: ${JSON.stringify(rest.slice(0, 40))}.`);
        const from = end + 2;
        if (size === 0) {
          // Trailers may follow, up to an empty line.
          const trailersEnd = rest.indexOf('\r\n\r\n', end);
          if (trailersEnd < 0) break;
          rest = rest.slice(trailersEnd + 4);
          isOver = true;
          break;
        }
        if (rest.length < from + size + 2) break;
        if (rest.slice(from + size, from + size + 2) !== '\r\n') throw new Error('A chunk is longer than it says.');
        content += rest.slice(from, from + size);
        rest = rest.slice(from + size + 2);
      }
      return content;
    },
  };
};
