import { write as writeToFile } from 'node:fs';

type WriteBytes = (
  fd: number,
  bytes: Buffer,
  offset: number,
  onDone: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

export interface LineWriterOptions {
  /** A file descriptor: 2 for standard error. */
  readonly fd: number;
  /** A line, with its end, that says how many were lost before it. */
  readonly lossLine: (count: number) => string;
  /** Characters that may wait to be written; further lines are lost. @default 1,048,576 */
  readonly maxWaiting?: number | undefined;
  /** How long to leave a file alone that took nothing, milliseconds. @default 100 */
  readonly pauseMs?: number | undefined;
  /** @default `fs.write` */
  readonly writeBytes?: WriteBytes | undefined;
}

/**
 * Writes lines without anybody waiting for it. Lines of one turn go out together, one write at a time; where they cannot,
 * they wait, up to a bound; a pipe that nobody reads any more takes none. Nothing throws, and no timer keeps the process.
 */
export interface LineWriter {
  /** `line` with its end. */
  write(line: string): void;
  /** Resolves when all has been written, or cannot be, or when the time is over. */
  flush(timeoutMs: number): Promise<void>;
}

const mostAtOnce = 65_536;
const lineEnd = 0x0a;
/** Nobody will ever read there again. */
const finalCodes = new Set(['EPIPE', 'EBADF', 'EIO', 'ECONNRESET']);
const busyCodes = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR']);

const writeBytesToFile: WriteBytes = (fd, bytes, offset, onDone) =>
  writeToFile(fd, bytes, offset, bytes.byteLength - offset, null, onDone);

export const createLineWriter = (options: LineWriterOptions): LineWriter => {
  const { fd, lossLine, maxWaiting = 1_048_576, pauseMs = 100, writeBytes = writeBytesToFile } = options;
  let lines: string[] = [];
  let waiting = 0;
  let lost = 0;
  let isBusy = false;
  let isOver = false;
  /** The last write ended within a line. */
  let isTorn = false;
  const onIdle: (() => void)[] = [];

  const idle = (): void => {
    isBusy = false;
    for (const resolve of onIdle.splice(0)) resolve();
  };

  const giveUp = (): void => {
    isOver = true;
    lines = [];
    waiting = 0;
    idle();
  };

  /** As many lines as go into one write. */
  const take = (): { readonly text: string; readonly count: number } => {
    let count = 0;
    let length = 0;
    while (count < lines.length && (count === 0 || length + (lines[count] as string).length <= mostAtOnce)) {
      length += (lines[count] as string).length;
      count += 1;
    }
    waiting -= length;
    return { text: lines.splice(0, count).join(''), count };
  };

  const next = (): void => {
    if (lines.length === 0 && lost === 0) {
      idle();
      return;
    }
    // Told only now, when there is room again: the first thing that is written.
    const missing = lost;
    lost = 0;
    const { text, count } = take();
    const start = `${isTorn ? '\n' : ''}${missing > 0 ? lossLine(missing) : ''}`;
    send(Buffer.from(start + text), 0, missing + count);
  };

  const send = (bytes: Buffer, offset: number, count: number): void => {
    writeBytes(fd, bytes, offset, (error, written) => {
      const code = error?.code ?? '';
      if (error && finalCodes.has(code)) giveUp();
      else if (error && busyCodes.has(code)) setTimeout(send, pauseMs, bytes, offset, count).unref();
      else if (error) {
        // A full disk, perhaps: what was to be written is lost, and what comes later may not be.
        isTorn ||= offset > 0 && bytes[offset - 1] !== lineEnd;
        lost += count;
        setTimeout(next, pauseMs).unref();
      } else if (offset + written < bytes.byteLength) send(bytes, offset + written, count);
      else {
        isTorn = false;
        next();
      }
    });
  };

  return {
    write(line) {
      if (isOver) return;
      if (waiting + line.length > maxWaiting) {
        lost += 1;
        return;
      }
      lines.push(line);
      waiting += line.length;
      if (isBusy) return;
      isBusy = true;
      setImmediate(next);
    },
    async flush(timeoutMs) {
      if (!isBusy) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, timeoutMs);
        onIdle.push(() => {
          clearTimeout(limit);
          resolve();
        });
      });
    },
  };
};
