/** What a command has written to one of its outputs. */
export interface Output {
  add(chunk: Buffer): void;
  end(): void;
  /** Where it is cut, it says so between its beginning and its end. */
  text(): string;
  isCut(): boolean;
}

/** What is kept of the end beyond the beginning, bytes: most tools say there what went wrong. */
const tailBytes = 64 * 1024;

/** From here on a line that does not end is shown in pieces, characters. */
const maxLine = 64 * 1024;

/** Keeps the first bytes and the last ones, and hands lines on. */
export const createOutput = (maxBytes: number, onLine: ((line: string) => void) | undefined): Output => {
  const chunks: Buffer[] = [];
  const decoder = new TextDecoder();
  let tail = Buffer.alloc(0);
  let bytes = 0;
  let rest = '';
  return {
    add(chunk) {
      const room = Math.max(0, maxBytes - bytes);
      if (room > 0) chunks.push(chunk.subarray(0, room));
      if (room < chunk.length) tail = Buffer.from(Buffer.concat([tail, chunk.subarray(room)]).subarray(-tailBytes));
      bytes += chunk.length;
      if (onLine === undefined) return;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      if (rest.length <= maxLine) return;
      onLine(rest);
      rest = '';
    },
    end() {
      if (rest !== '') onLine?.(rest);
      rest = '';
    },
    text() {
      const left = bytes - maxBytes - tail.length;
      const word = left > 0 ? [Buffer.from(`\n[... ${left} bytes are left out ...]\n`)] : [];
      return Buffer.concat([...chunks, ...word, tail]).toString('utf8');
    },
    isCut: () => bytes - maxBytes > tail.length,
  };
};
