import { existsSync } from 'node:fs';

/** Names of the gateway's keys, which events know by their ids. */
export interface KeyNames {
  /** The name of an id; the id itself where there is no such key any more. */
  nameOf(id: string): string;
  /** The id of a name or an id. */
  idOf(asked: string): string;
}

/** Reads the key file of this user, if there is one. */
export const readKeyNames = async (stateFolder: string): Promise<KeyNames> => {
  const names = new Map<string, string>();
  const { keyFileIn, openKeyStore } = await import('@hotpath/server/keys');
  const path = keyFileIn(stateFolder);
  if (existsSync(path)) {
    const store = openKeyStore({ path, busyMs: 1_000 });
    for (const { id, name } of store.list()) names.set(id, name);
    store.close();
  }
  return {
    nameOf: (id) => names.get(id) ?? id,
    idOf: (asked) => [...names].find(([, name]) => name === asked)?.[0] ?? asked,
  };
};
