import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './replace-file.ts';

/** The plugins that this user wants left out, whatever a configuration says. */
export interface DisabledList {
  readonly file: string;
  names(): readonly string[];
  /** Returns whether that changed anything. */
  set(name: string, isDisabled: boolean): boolean;
}

/** One file in the user's state folder, a JSON list. What cannot be read counts as empty: nothing is lost by it but a wish. */
export const openDisabledList = (stateFolder: string): DisabledList => {
  const file = join(stateFolder, 'disabled-plugins.json');
  const names = (): readonly string[] => {
    try {
      const list: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
    } catch {
      return [];
    }
  };
  return {
    file,
    names,
    set: (name, isDisabled) => {
      const known = names();
      if (known.includes(name) === isDisabled) return false;
      const next = isDisabled ? [...known, name].sort() : known.filter((each) => each !== name);
      replaceFile(file, `${JSON.stringify(next, null, 2)}\n`);
      return true;
    },
  };
};
