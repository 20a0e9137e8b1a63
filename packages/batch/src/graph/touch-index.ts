import type { Touch } from './touch.ts';

/** Who last wrote what a text names, and who has read it since. Steps are numbers. */
export interface TouchEntry {
  readonly touch: Touch;
  writer: number;
  readonly readers: number[];
}

interface Folder {
  readonly entries: Map<string, TouchEntry>;
  readonly folders: Map<string, Folder>;
}

/** What was touched so far, found by path: what may meet stands above a path, or below it. */
export interface TouchIndex {
  /** Calls back for all that stand where they may meet it. Whether they do is not looked at. */
  visit(touch: Touch, found: (entry: TouchEntry) => void): void;
  read(touch: Touch, step: number): void;
  /** What it covers is forgotten: whoever meets that meets this. */
  write(touch: Touch, step: number): void;
}

const newFolder = (): Folder => ({ entries: new Map(), folders: new Map() });

/** The segments before the first that is a pattern: all that it fits is below. */
const baseOf = ({ segments, isGlob }: Touch): readonly string[] => {
  if (!isGlob) return segments;
  const wild = segments.findIndex((segment) => /[*?[\]{}()!+@|\\]/.test(segment));
  return wild < 0 ? segments : segments.slice(0, wild);
};

export const createTouchIndex = (): TouchIndex => {
  const root = newFolder();
  const names = new Map<string, TouchEntry>();

  const folderOf = (touch: Touch): Folder => {
    let folder = root;
    for (const segment of baseOf(touch)) {
      let next = folder.folders.get(segment);
      if (next === undefined) {
        next = newFolder();
        folder.folders.set(segment, next);
      }
      folder = next;
    }
    return folder;
  };
  const entryOf = (touch: Touch): TouchEntry => {
    const entries = touch.name === undefined ? folderOf(touch).entries : names;
    // Two ways to write one path are one.
    const key = touch.name ?? `${touch.path}#${touch.pointer}`;
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: TouchEntry = { touch, writer: -1, readers: [] };
    entries.set(key, entry);
    return entry;
  };
  const forgetBelow = (touch: Touch): void => {
    const folder = folderOf(touch);
    if (touch.pointer === '') {
      folder.entries.clear();
      folder.folders.clear();
      return;
    }
    for (const [key, { touch: other }] of folder.entries)
      if (!other.isGlob && (other.pointer === touch.pointer || other.pointer.startsWith(`${touch.pointer}/`)))
        folder.entries.delete(key);
  };

  return {
    visit(touch, found) {
      if (touch.name !== undefined) {
        const entry = names.get(touch.name);
        if (entry !== undefined) found(entry);
        return;
      }
      const look = (folder: Folder): void => {
        for (const entry of folder.entries.values()) found(entry);
      };
      const below = (folder: Folder): void => {
        look(folder);
        for (const each of folder.folders.values()) below(each);
      };
      let folder: Folder | undefined = root;
      for (const segment of baseOf(touch)) {
        look(folder);
        folder = folder.folders.get(segment);
        if (folder === undefined) return;
      }
      below(folder);
    },
    read(touch, step) {
      entryOf(touch).readers.push(step);
    },
    write(touch, step) {
      if (touch.name === undefined && !touch.isGlob) forgetBelow(touch);
      const entry = entryOf(touch);
      entry.writer = step;
      entry.readers.length = 0;
    },
  };
};
