import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fs } from './file-system.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { running } from './running.ts';

export interface CrashListener {
  /** A plugin's code failed where nobody waits for it. */
  onCrash(plugin: DiscoveredPlugin, error: unknown): void;
  /** The process ends because of what was told of before. */
  onDeath(plugin: DiscoveredPlugin): void;
}

export interface CrashWatch {
  /** Watches for what the code of a plugin does, from now on. */
  add(plugin: DiscoveredPlugin): void;
  close(): void;
}

interface Watched {
  readonly plugin: DiscoveredPlugin;
  readonly listener: CrashListener;
  /** Its folder as paths and as an address: how stacks name its files. */
  readonly places: readonly string[];
}

const watched = new Set<Watched>();
// Two copies of the loader in one process do not take each other for a host that listens.
const brand = Symbol.for('hotpath.plugins.rejection-listener');
let open = 0;
/** What a host's own listener for rejections was told of in this turn. */
let undecided: Watched[] = [];

const placesOf = (folder: string): readonly string[] => {
  let real = folder;
  try {
    real = fs.realpathSync(folder);
  } catch {
    // It is gone.
  }
  return [...new Set([folder + sep, real + sep, pathToFileURL(real + sep).href])];
};

/** The place in the code where an error was made, without Node's own. */
const originOf = (error: unknown): string | undefined => {
  try {
    const lines = String((error as Error).stack).split('\n');
    return lines.find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !/[ (]node:/.test(line));
  } catch {
    return undefined;
  }
};

const find = (error: unknown): Watched | undefined => {
  const origin = originOf(error);
  const all = [...watched];
  const byOrigin = all.filter(({ places }) => places.some((place) => origin?.includes(place)));
  const current = running.getStore()?.plugin;
  const isCurrent = ({ plugin }: Watched): boolean => plugin === current;
  // Of those that were loaded from one folder one after another the last is in use. A package that it uses may be anywhere.
  return byOrigin.find(isCurrent) ?? byOrigin.at(-1) ?? all.find(isCurrent);
};

const onException = (error: unknown): void => {
  const found = find(error);
  if (found === undefined) return;
  found.listener.onCrash(found.plugin, error);
  found.listener.onDeath(found.plugin);
};

const onRejection = Object.assign(
  (error: unknown): void => {
    const found = find(error);
    if (found === undefined) return;
    found.listener.onCrash(found.plugin, error);
    undecided.push(found);
    setImmediate(() => {
      undecided = undecided.filter((each) => each !== found);
    }).unref();
  },
  { [brand]: true },
);

const onExit = (): void => {
  for (const { listener, plugin } of undecided.splice(0)) listener.onDeath(plugin);
};

const isOurs = (listener: unknown): boolean => typeof listener === 'function' && brand in listener;
const hasOthers = (): boolean => process.listeners('unhandledRejection').some((listener) => !isOurs(listener));

// Whoever listens for rejections decides what becomes of them. We listen only while somebody does: else the process ends, as Node.js
// has it, and that is heard of as an exception.
const onNewListener = (event: string | symbol, listener: unknown): void => {
  if (event !== 'unhandledRejection' || isOurs(listener)) return;
  if (!process.listeners('unhandledRejection').includes(onRejection))
    process.prependListener('unhandledRejection', onRejection);
};
const onRemoveListener = (event: string | symbol): void => {
  if (event === 'unhandledRejection' && !hasOthers()) process.removeListener('unhandledRejection', onRejection);
};

const listen = (): void => {
  process.on('uncaughtExceptionMonitor', onException);
  process.on('exit', onExit);
  process.on('newListener', onNewListener);
  process.on('removeListener', onRemoveListener);
  if (hasOthers()) process.prependListener('unhandledRejection', onRejection);
};

const unlisten = (): void => {
  process.removeListener('newListener', onNewListener);
  process.removeListener('removeListener', onRemoveListener);
  process.removeListener('unhandledRejection', onRejection);
  process.removeListener('uncaughtExceptionMonitor', onException);
  process.removeListener('exit', onExit);
};

/**
 * Tells which plugin an error is of that nobody caught: by the file that made it, else by whose load began what failed. Changes nothing about
 * what becomes of the process. A rejection that a listener of the host's is told of counts as the death of the process where that
 * listener ends it at once.
 */
export const openCrashWatch = (listener: CrashListener): CrashWatch => {
  const own: Watched[] = [];
  return {
    add: (plugin) => {
      if (own.some((each) => each.plugin === plugin)) return;
      if (own.length === 0) {
        open += 1;
        if (open === 1) listen();
      }
      const one = { plugin, listener, places: placesOf(plugin.folder) };
      own.push(one);
      watched.add(one);
    },
    close: () => {
      if (own.length === 0) return;
      for (const one of own.splice(0)) watched.delete(one);
      open -= 1;
      if (open === 0) unlisten();
    },
  };
};
