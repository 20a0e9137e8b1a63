import type { FileChange } from '../files/file-change.ts';

const touchedByOne = (change: FileChange): readonly string[] => {
  if (change.type === 'rename') return [change.path, change.to];
  return [change.type === 'folder' ? `${change.path}/` : change.path];
};

/** What a list of changes touches, as steps declare it; a folder that is made has a `/` at its end. */
export const touchedBy = (changes: readonly FileChange[]): readonly string[] => changes.flatMap(touchedByOne);
