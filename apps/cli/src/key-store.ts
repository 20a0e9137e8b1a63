import type { KeyStore, VirtualKey } from '@hotpath/server/keys';
import { usageError } from './errors.ts';

type Keys = typeof import('@hotpath/server/keys');

/** Nothing else waits for this process: it may wait for a server that writes. */
const busyMs = 5_000;

export interface KeyWork extends Pick<Keys, 'keyView' | 'noSuchKey'> {
  readonly store: KeyStore;
  /** The key file, which need not be there. */
  readonly path: string;
}

/** Opens the key file of this user for `work`, whether a server runs or not, and closes it. */
export const withKeys = async <Result>(work: (keys: KeyWork) => Promise<Result>): Promise<Result> => {
  const [keys, { findFolders }] = await Promise.all([import('@hotpath/server/keys'), import('@hotpath/runtime')]);
  const { keyFileIn, keyView, noSuchKey, openKeyStore } = keys;
  const path = keyFileIn(findFolders().state);
  const store = openKeyStore({ path, busyMs });
  try {
    return await work({ store, path, keyView, noSuchKey });
  } finally {
    store.close();
  }
};

/** The one name or id that a command was given. Throws a usage error. */
export const readOne = (positionals: readonly string[], command: string): string => {
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw usageError('Name one key, by its name or id.', command);
  return name;
};

export const findKey = ({ store, noSuchKey }: KeyWork, asked: string): VirtualKey => {
  const key = store.find(asked);
  if (!key) throw noSuchKey(asked);
  return key;
};
