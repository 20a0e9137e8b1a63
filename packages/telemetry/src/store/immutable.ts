import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * How SQLite opens a file that nobody writes to: it then makes no index of the log beside it, which it cannot where it may not write to
 * the folder. What is in the log would be left out, so there must be none. Throws where there is.
 */
export const immutableUrl = (path: string): URL => {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
    throw new Error(
      'its newest events are in the log beside it (-wal), which is only read in a folder that can be written to',
    );
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
};
