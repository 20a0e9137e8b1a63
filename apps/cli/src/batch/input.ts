import { createReadStream, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileUnusable, usageError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { isPiped } from '../standard-input.ts';
import { type InputFormat, inputFormats } from './rows.ts';

/** Where rows are read from, as often as need be. */
export interface Input {
  /** For messages. */
  readonly name: string;
  readonly format: InputFormat;
  read(): AsyncIterable<Uint8Array>;
  /** Another one when it is another file, or has been written to. */
  version(): string;
}

const formatsByExtension: Readonly<Record<string, InputFormat>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.txt': 'txt',
};

/** By the flag, else by the name. Throws a usage error. */
export const chooseFormat = (path: string, flag: string | undefined): InputFormat => {
  const known = inputFormats.find((format) => format === flag) ?? formatsByExtension[extname(path).toLowerCase()];
  if (flag !== undefined && !inputFormats.some((format) => format === flag)) {
    throw usageError(`--format must be one of ${inputFormats.join(', ')}, not "${flag}".`, 'batch');
  }
  if (known !== undefined) return known;
  const what = path === '-' ? 'standard input' : path;
  throw usageError(`Say what ${what} is: --format ${inputFormats.join(', --format ')}.`, 'batch');
};

const versionOf = (path: string): string => {
  const { ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${ino} ${size} ${mtimeMs}`;
};

const readFile = async function* (path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 262_144 })) yield bytes;
  } catch (error) {
    throw fileUnusable(path, error);
  }
};

const fileInput = (name: string, format: InputFormat, path: string): Input => ({
  name,
  format,
  read: () => readFile(path),
  version: () => versionOf(path),
});

/** Whether it can be read again: not a pipe, such as `<(command)` of a shell. Throws `CLI_FILE_UNUSABLE`. */
const isFile = (path: string): boolean => {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new Error('it is a folder');
    return stat.isFile();
  } catch (error) {
    throw fileUnusable(path, error);
  }
};

/** Nothing at all leaves what is there: the same command without its input goes on with it. */
const keep = async (source: AsyncIterable<Uint8Array>, path: string): Promise<void> => {
  const partial = `${path}.partial`;
  try {
    makeFolder(dirname(path));
    const file = await open(partial, 'w', 0o600);
    let bytes = 0;
    try {
      for await (const chunk of source) {
        await file.writeFile(chunk);
        bytes += chunk.byteLength;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (bytes > 0) await rename(partial, path);
    else await rm(partial, { force: true });
  } catch (error) {
    await rm(partial, { force: true });
    throw fileUnusable(partial, error);
  }
};

/**
 * Opens the input; `-` is standard input. What can be read only once is kept at `keptPath`, since the rows must be there when
 * the job is gone on with: then nothing has to be piped in again.
 */
export const openInput = async (
  path: string,
  format: InputFormat,
  keptPath: string,
  signal: AbortSignal,
): Promise<Input> => {
  const isStandard = path === '-';
  const name = isStandard ? 'standard input' : path;
  if (!isStandard && isFile(path)) return fileInput(name, format, path);
  if (!isStandard) await keep(readFile(path), keptPath);
  else if (isPiped()) {
    const stop = (): void => void process.stdin.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    signal.addEventListener('abort', stop, { once: true });
    await keep(process.stdin, keptPath).finally(() => signal.removeEventListener('abort', stop));
  }
  if (statSync(keptPath, { throwIfNoEntry: false }) === undefined) {
    throw usageError('Nothing was piped in. Name a file, or pipe rows in.', 'batch');
  }
  return fileInput(name, format, keptPath);
};
