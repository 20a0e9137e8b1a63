import type { FileChange } from '../files/file-change.ts';

/** What a list of changes touches, as steps declare it. */
export const touchedBy = (changes: readonly FileChange[]): readonly string[] =>
  changes.flatMap((change) => (change.type === 'rename' ? [change.path, change.to] : [change.path]));
