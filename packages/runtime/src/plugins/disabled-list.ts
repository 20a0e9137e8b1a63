import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
      mkdirSync(dirname(file), { recursive: true });
      // In one step: a reader finds the old list or the new one.
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify(next, null, 2)}\n`);
      renameSync(draft, file);
      return true;
    },
  };
};
