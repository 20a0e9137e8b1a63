import { basename, dirname, join } from 'node:path';
import { fs } from './file-system.ts';
import { makeFolder } from './make-folder.ts';
import { isAlive } from './process-alive.ts';
import { watchUserSignals } from './user-signals.ts';

/** A plugin that was being loaded, and the build of it that was. */
export interface LoadedBuild {
  readonly name: string;
  readonly build: string;
}

/**
 * Notes which plugins are being loaded, so that the next process knows which ones were when this one died. One file for each
 * process, of lines `+name build` and `-name`, and `!` where none of those named is to blame: a line costs a few microseconds, where a
 * file put in the place of another costs hundreds.
 */
export interface CrashJournal {
  started(loaded: LoadedBuild): void;
  ended(name: string): void;
  /** Should the process die now, it was not because of what is being loaded. */
  excuse(): void;
  /** Removes the file, unless the process is dying of an error. */
  close(): void;
}

/** Those of this process: after a restart within a container, its own number may be that of the process that died. */
const own = new Set<string>();
let created = 0;
let isCrashing = false;
const noteCrash = (): void => {
  isCrashing = true;
  // A host that goes on did not die of it.
  setImmediate(() => {
    isCrashing = false;
  }).unref();
};

const openIn = (text: string): LoadedBuild[] => {
  const open = new Map<string, string>();
  // The last line may have been cut short: it counts only whole.
  for (const line of text.split('\n').slice(0, -1)) {
    const [name = '', ...build] = line.slice(1).split(' ');
    if (line[0] === '+') open.set(name, build.join(' '));
    else if (line[0] === '-') open.delete(name);
    else if (line[0] === '!') open.clear();
  }
  return [...open].map(([name, build]) => ({ name, build }));
};

const prefixOf = (stateFile: string): string => `${basename(stateFile)}.loading.`;

/** For each process that died while it loaded plugins, which. Each is told of once. */
export const takeCrashes = (stateFile: string): readonly (readonly LoadedBuild[])[] => {
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
      const loaded = openIn(fs.readFileSync(path, 'utf8'));
      fs.rmSync(path);
      return loaded.length === 0 ? [] : [loaded];
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
  let unwatch: (() => void) | undefined;

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
    makeFolder(dirname(path));
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

  const excuse = (): void => {
    if (open.size > 0) write('!\n');
  };
  const settle = (): void => {
    if (open.size > 0) return;
    unwatch?.();
    unwatch = undefined;
  };

  return {
    started: ({ name, build }) => {
      open.add(name);
      write(`+${name} ${build}\n`);
      unwatch ??= watchUserSignals(excuse);
    },
    ended: (name) => {
      if (!open.delete(name)) return;
      write(`-${name}\n`);
      settle();
    },
    excuse,
    close: () => {
      open.clear();
      settle();
      close();
    },
  };
};
