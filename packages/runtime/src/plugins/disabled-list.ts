import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** The plugins that this user wants left out, whatever a configuration says. */
export interface DisabledList {
  /** What changes with the list. */
  readonly folder: string;
  names(): readonly string[];
  /** Returns whether that changed anything. */
  set(name: string, isDisabled: boolean): boolean;
}

/** Makes or removes a file; `code` is that of what has been so before. */
const isNews = (change: () => void, code: 'EEXIST' | 'ENOENT'): boolean => {
  try {
    change();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
    return false;
  }
};

/**
 * One empty file for each name, in a folder of the user's state folder: processes that change the list at the same time need not know of
 * each other. What cannot be read counts as empty: nothing is lost by it but a wish.
 */
export const openDisabledList = (stateFolder: string): DisabledList => {
  // No name of a plugin has a "+".
  const folder = join(stateFolder, 'disabled-plugins');
  return {
    folder,
    names: () => {
      try {
        return readdirSync(folder)
          .map((file) => file.replace('+', '/'))
          .sort();
      } catch {
        return [];
      }
    },
    set: (name, isDisabled) => {
      const file = join(folder, name.replace('/', '+'));
      if (!isDisabled) return isNews(() => rmSync(file), 'ENOENT');
      makeFolder(folder);
      return isNews(() => writeFileSync(file, '', { flag: 'wx', mode: 0o600 }), 'EEXIST');
    },
  };
};
