import { basename, dirname, join } from 'node:path';
import { fs } from './file-system.ts';

/**
 * Notes which plugins are being loaded, so that the next process knows which ones were when this one died. One file for each
 * process, of lines `+name` and `-name`: a line costs a few microseconds, where a file put in the place of another costs hundreds.
 */
export interface CrashJournal {
  started(name: string): void;
  ended(name: string): void;
  /** Removes the file, unless the process is dying of an error. */
  close(): void;
}

/** Those of this process: after a restart within a container, its own number may be that of the process that died. */
const own = new Set<string>();
let created = 0;
let isCrashing = false;
const noteCrash = (): void => {
  isCrashing = true;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It belongs to somebody else, and lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const namesOpenIn = (text: string): string[] => {
  const open = new Set<string>();
  // The last line may have been cut short: it counts only whole.
  for (const line of text.split('\n').slice(0, -1)) {
    if (line[0] === '+') open.add(line.slice(1));
    else if (line[0] === '-') open.delete(line.slice(1));
  }
  return [...open];
};

const prefixOf = (stateFile: string): string => `${basename(stateFile)}.loading.`;

/** For each process that died while it loaded plugins, their names. Each is told of once. */
export const takeCrashes = (stateFile: string): readonly (readonly string[])[] => {
  const folder = dirname(stateFile);
  const prefix = prefixOf(stateFile);
  let files: string[];
  try {
    files = fs.readdirSync(folder).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
  return files.flatMap((name) => {
    const path = join(folder, name);
    const pid = Number(name.slice(prefix.length).split('.')[0]);
    if (own.has(path) || (pid !== process.pid && isAlive(pid))) return [];
    try {
      const names = namesOpenIn(fs.readFileSync(path, 'utf8'));
      fs.rmSync(path);
      return names.length === 0 ? [] : [names];
    } catch {
      // Another process that started at the same time took it.
      return [];
    }
  });
};

export const openCrashJournal = (stateFile: string, onFault: (error: unknown) => void): CrashJournal => {
  created += 1;
  const path = join(dirname(stateFile), `${prefixOf(stateFile)}${process.pid}.${created}`);
  const open = new Set<string>();
  let file: number | undefined;
  let isFaulty = false;

  const remove = (): void => {
    if (file === undefined) return;
    fs.closeSync(file);
    file = undefined;
    fs.rmSync(path, { force: true });
    own.delete(path);
    process.removeListener('exit', close);
    if (own.size === 0) process.removeListener('uncaughtExceptionMonitor', noteCrash);
  };
  const close = (): void => {
    if (!isCrashing) remove();
  };
  const create = (): number => {
    fs.mkdirSync(dirname(path), { recursive: true });
    const opened = fs.openSync(path, 'a', 0o600);
    if (own.size === 0) process.on('uncaughtExceptionMonitor', noteCrash);
    own.add(path);
    // Whoever ends the process in order, a user's Ctrl-C that the host handles among them, is no crash of a plugin.
    process.on('exit', close);
    return opened;
  };
  const write = (line: string): void => {
    if (isFaulty) return;
    try {
      file ??= create();
      fs.writeSync(file, line);
    } catch (error) {
      isFaulty = true;
      onFault(error);
    }
  };

  return {
    started: (name) => {
      open.add(name);
      write(`+${name}\n`);
    },
    ended: (name) => {
      if (!open.delete(name)) return;
      write(`-${name}\n`);
    },
    close,
  };
};
