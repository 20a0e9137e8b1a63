import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { KeyError } from '../../src/keys/errors.ts';
import { type KeyStore, type KeyStoreOptions, openKeyStore } from '../../src/keys/store.ts';

/** A Saturday afternoon. */
export const start = Date.UTC(2026, 10, 21, 15, 30);
export const second = 1000;
export const hour = 3_600_000;
export const day = 24 * hour;

/** Why tests of the store cannot run here; undefined where they can. */
export const sqliteMissing: string | undefined = process.getBuiltinModule('node:sqlite')
  ? undefined
  : `node:sqlite is not in Node ${process.versions.node}`;

export interface Place {
  readonly folder: string;
  readonly path: string;
  /** The clock of every store that is opened here. */
  now: number;
  readonly errors: unknown[];
  open(options?: Partial<KeyStoreOptions>): KeyStore;
}

const places: { readonly folder: string; readonly stores: KeyStore[] }[] = [];

afterEach(() => {
  for (const { folder, stores } of places.splice(0)) {
    for (const store of stores) store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A state folder of its own, removed after the test. */
export const makePlace = (): Place => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-keys-'));
  const stores: KeyStore[] = [];
  places.push({ folder, stores });
  const errors: unknown[] = [];
  const place: Place = {
    folder,
    path: join(folder, 'state', 'keys.sqlite'),
    now: start,
    errors,
    open(options = {}) {
      const store = openKeyStore({
        path: place.path,
        now: () => place.now,
        onError: (error) => errors.push(error),
        ...options,
      });
      stores.push(store);
      return store;
    },
  };
  return place;
};

/** Long enough for a store to look at the file again. */
export const aMoment = 250;

/** The code of the error that comes of it. */
export const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return KeyError.isInstance(error) ? error.code : String(error);
  }
  return 'nothing was thrown';
};
