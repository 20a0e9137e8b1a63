import { constants } from 'node:fs';
import { access, open, opendir, readdir, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** What the corrector may look at. Every answer is bounded, and what cannot be read is not there. Paths are absolute. */
export interface CorrectorWorld {
  /** What is in a folder; at most 2,000 entries. */
  list(folder: string): Promise<readonly Entry[]>;
  kind(path: string): Promise<'file' | 'folder' | undefined>;
  executable(path: string): Promise<boolean>;
  /** The first bytes of a file as Latin-1, so that binary files can be searched as well. */
  read(path: string, maxBytes: number): Promise<string | undefined>;
  /** Names of the programs on `PATH`. */
  commands(): Promise<readonly string[]>;
  /**
   * What a program says when it is asked for help. It is asked only after it has itself refused an option or a subcommand, so it reads
   * its options.
   */
  help?(command: readonly string[], cwd: string, signal?: AbortSignal): Promise<string | undefined>;
}

export interface CorrectorWorldOptions {
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether programs may be asked for their options. @default true */
  readonly askHelp?: boolean;
  /** @default 3_000 */
  readonly helpTimeoutMs?: number;
}

const maxEntries = 2_000;
const maxHelps = 200;

/** The world as it is on this machine. Names on `PATH` and answers to `--help` are kept for as long as it lives. */
export const createWorld = (options: CorrectorWorldOptions = {}): CorrectorWorld => {
  const environment = options.environment ?? process.env;
  const folders = (environment.PATH ?? '').split(delimiter).filter(isAbsolute);
  let commands: Promise<readonly string[]> | undefined;
  const helps = new Map<string, Promise<string | undefined>>();

  const readCommands = async (): Promise<readonly string[]> => {
    const names = new Set<string>();
    for (const folder of folders) for (const name of await readdir(folder).catch(() => [])) names.add(name);
    return [...names];
  };

  const isInstalled = async (name: string): Promise<boolean> => {
    for (const folder of folders) {
      const ok = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (ok) return true;
    }
    return false;
  };

  const ask = async (
    command: readonly string[],
    cwd: string,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> => {
    const { execFile } = await import('node:child_process');
    return new Promise((resolve) => {
      const child = execFile(
        command[0] as string,
        command.slice(1),
        {
          cwd,
          env: { ...environment, PAGER: 'cat', MANPAGER: 'cat', TERM: 'dumb', NO_COLOR: '1' },
          timeout: options.helpTimeoutMs ?? 3_000,
          maxBuffer: 512 * 1024,
          ...(signal && { signal }),
        },
        (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
      );
      child.stdin?.end();
    });
  };

  return {
    async list(folder) {
      const entries: Entry[] = [];
      try {
        for await (const entry of await opendir(folder)) {
          entries.push({ name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' });
          if (entries.length >= maxEntries) break;
        }
      } catch {
        // What cannot be read is empty.
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async kind(path) {
      const found = await stat(path).catch(() => undefined);
      return found && (found.isDirectory() ? 'folder' : 'file');
    },
    executable: (path) =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    async read(path, maxBytes) {
      // A pipe would have to be opened at its other end first, and devices have no end.
      if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
      const file = await open(path).catch(() => undefined);
      if (!file) return undefined;
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
        return buffer.toString('latin1', 0, bytesRead);
      } catch {
        return undefined;
      } finally {
        await file.close();
      }
    },
    commands() {
      commands ??= readCommands();
      return commands;
    },
    async help(command, cwd, signal) {
      if (options.askHelp === false || !command[0] || command[0].includes('/') || !(await isInstalled(command[0])))
        return undefined;
      const key = command.join('\0');
      const known = helps.get(key) ?? ask(command, cwd, signal);
      helps.set(key, known);
      const text = await known;
      // An answer that was cut short is none, and the oldest go when there are many.
      if (signal?.aborted) helps.delete(key);
      if (helps.size > maxHelps) helps.delete(helps.keys().next().value as string);
      return text;
    },
  };
};
