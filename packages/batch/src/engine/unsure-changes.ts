import { posix } from 'node:path';
import { parseTouch } from '../graph/touch.ts';

/** What was applied and may be lost with the power, by the paths it touches. */
export interface UnsureChanges {
  add(intent: string, touched: readonly string[]): void;
  /** Takes out those that touch one of these paths, or what is above or below it. */
  take(touched: readonly string[]): readonly string[];
}

const foldersAbove = (path: string): readonly string[] => {
  const above: string[] = [];
  for (let folder = posix.dirname(path); folder !== '.' && folder !== '/'; folder = posix.dirname(folder))
    above.push(folder);
  return above;
};

export const createUnsureChanges = (): UnsureChanges => {
  const at = new Map<string, Set<string>>();
  const below = new Map<string, Set<string>>();
  const put = (places: Map<string, Set<string>>, path: string, intent: string): void => {
    const known = places.get(path) ?? new Set();
    places.set(path, known.add(intent));
  };
  const pathOf = (text: string): string => {
    const { name, path } = parseTouch(text);
    return name === undefined ? path : text;
  };
  return {
    add(intent, touched) {
      for (const text of touched) {
        const path = pathOf(text);
        put(at, path, intent);
        for (const folder of foldersAbove(path)) put(below, folder, intent);
      }
    },
    take(touched) {
      const taken = new Set<string>();
      const takeFrom = (places: Map<string, Set<string>>, path: string): void => {
        for (const intent of places.get(path) ?? []) taken.add(intent);
        places.delete(path);
      };
      for (const text of touched) {
        const path = pathOf(text);
        takeFrom(at, path);
        takeFrom(below, path);
        for (const folder of foldersAbove(path)) takeFrom(at, folder);
      }
      return [...taken];
    },
  };
};
