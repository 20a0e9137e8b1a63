import crypto from 'node:crypto';
import { join } from 'node:path';
import type { KeyDatabase } from './database.ts';
import { nameTaken, noSuchKey, settingInvalid } from './errors.ts';
import { createKeyFile } from './key-file.ts';
import { addKey, changeKey, deleteKey, findRow, type KeyRow, keyOfRow, touchKey } from './rows.ts';
import { digestOf, isWellFormed, makeSecret, prefixOf } from './secret.ts';
import { readChanges, withChanges } from './settings.ts';
import { createSpending, type Spending } from './spending.ts';
import type { KeyChanges, KeySettings, NewKey, VirtualKey } from './virtual-key.ts';

export interface KeyStoreOptions {
  /** The key file. It need not exist: the first key makes it, and its folder, for this user alone (0600). */
  readonly path: string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** How long a call waits for another process that writes, milliseconds. A server's must be short: nothing else runs meanwhile. @default 250 */
  readonly busyMs?: number | undefined;
  /** The longest that spending waits in memory, milliseconds. A process that dies loses no more than that. @default 500 */
  readonly flushMs?: number | undefined;
  /** Told of what failed in the background: spending that could not be written yet, a file that cannot be read any more. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A key with a secret of its own, which is never told again. */
export interface IssuedKey {
  readonly key: VirtualKey;
  readonly secret: string;
}

/** The key that a secret opens, whatever its state. */
export interface Verified {
  readonly key: VirtualKey;
  /** When the secret itself ends, epoch milliseconds: null, unless it was rotated away. */
  readonly secretExpiresAt: number | null;
}

/**
 * Virtual keys in one SQLite file that several processes may use at once: what one changes, the others heed within a quarter
 * of a second. Every method is synchronous, and throws `KEYS_FILE_UNUSABLE` or `KEYS_FILE_BUSY` where it must use the file and
 * cannot. Methods that take an id take a name as well, and throw `KEYS_UNKNOWN`.
 */
export interface KeyStore {
  /** Throws `KEYS_SETTINGS_INVALID` and `KEYS_NAME_TAKEN`. */
  create(settings: NewKey): IssuedKey;
  /** In the order of their names. @default all, from the first */
  list(page?: { readonly afterName?: string | undefined; readonly limit?: number | undefined }): readonly VirtualKey[];
  find(idOrName: string): VirtualKey | undefined;
  /** Throws as `create`. */
  update(idOrName: string, changes: KeyChanges): VirtualKey;
  /** Gives the key a new secret. Those it had stay valid for `graceMs`. @default graceMs 86,400,000 (a day) */
  rotate(idOrName: string, options?: { readonly graceMs?: number | undefined }): IssuedKey;
  /** Removes the key with its settings and secrets. What it spent stays in the reports. */
  delete(idOrName: string): void;
  /** The key of a secret, about a microsecond when it is known already. */
  verify(secret: string): Verified | undefined;
  /** By id alone, as fast as `verify`; the same object while the key is the same. */
  byId(id: string): VirtualKey | undefined;
  /** Whether there is any key, disabled and expired ones too. */
  hasKeys(): boolean;
  readonly spending: Spending;
  /** Writes what has been spent; safe to call twice. */
  close(): void;
}

const usualGraceMs = 86_400_000;
const longestGraceMs = 365 * 86_400_000;

/** The key file of a user's state folder. */
export const keyFileIn = (stateFolder: string): string => join(stateFolder, 'keys.sqlite');

/** Opens nothing yet: each method looks for the file. */
export const openKeyStore = (options: KeyStoreOptions): KeyStore => {
  const { path, busyMs = 250, flushMs = 500, onError = () => {} } = options;
  const clock = options.now ?? (() => Date.now());
  const now = (): number => Math.floor(clock());
  const file = createKeyFile({ path, now, busyMs, onError });
  const spending = createSpending({ file, now, flushMs, onError });

  // By digest and by id, as read at this version of the file. Only secrets that exist get in: their number is bounded.
  const bySecret = new Map<string, Verified & { readonly version: number }>();
  const byId = new Map<string, KeyRow & { readonly version: number }>();
  let known: { readonly hasKeys: boolean; readonly version: number } | undefined;
  let closed = false;

  const remember = (row: KeyRow): KeyRow => {
    const { key, revision } = row;
    byId.set(key.id, { key, revision, version: file.keysVersion });
    return row;
  };

  const readId = (id: string): VirtualKey | undefined => {
    const found = file.read((database) => {
      const row = database.keyById.get(id);
      return row && remember(keyOfRow(database, row, byId.get(id)));
    });
    if (!found) byId.delete(id);
    return found?.key;
  };

  const readSecret = (digest: string): Verified | undefined => {
    const found = file.read((database) => {
      const row = database.keyBySecret.get(digest);
      if (!row) return undefined;
      const { key } = remember(keyOfRow(database, row, byId.get(String(row.id))));
      const end = row.secret_expires_at;
      return { key, secretExpiresAt: end === null ? null : Number(end), version: file.keysVersion };
    });
    if (found) bySecret.set(digest, found);
    else bySecret.delete(digest);
    return found;
  };

  /** Changes one key in one transaction, and returns it as it is then. */
  const change = (idOrName: string, work: (key: VirtualKey, database: KeyDatabase) => void): VirtualKey => {
    // Looked for before the file would be made.
    if (!file.read((database) => findRow(database, idOrName))) throw noSuchKey(idOrName);
    return file.changeKeys((database) => {
      const row = findRow(database, idOrName);
      if (!row) throw noSuchKey(idOrName);
      const { key } = keyOfRow(database, row);
      work(key, database);
      const changed = database.keyById.get(key.id);
      return changed ? keyOfRow(database, changed).key : key;
    });
  };

  const checkName = (database: KeyDatabase, name: string, id: string): void => {
    const other = findRow(database, name);
    if (other && other.id !== id) throw nameTaken(name);
  };

  return {
    spending,
    create(given) {
      const at = now();
      const settings = withChanges(undefined, readChanges(given), at);
      const secret = makeSecret();
      const key = file.changeKeys((database) => {
        const id = crypto.randomBytes(6).toString('hex');
        checkName(database, settings.name, id);
        addKey(database, id, settings, at);
        database.addSecret.run(digestOf(secret), id, prefixOf(secret), at);
        return keyOfRow(database, database.keyById.get(id) ?? {}).key;
      });
      return { key, secret };
    },
    list: ({ afterName = '', limit = -1 } = {}) =>
      file.read((database) => database.keysAfter.all(afterName, limit).map((row) => keyOfRow(database, row).key)) ?? [],
    find: (idOrName) =>
      file.read((database) => {
        const row = findRow(database, idOrName);
        return row && keyOfRow(database, row).key;
      }),
    update(idOrName, given) {
      const at = now();
      const changes = readChanges(given);
      return change(idOrName, (key, database) => {
        const settings = withChanges(settingsOf(key), changes, at);
        checkName(database, settings.name, key.id);
        changeKey(database, key.id, settings, at);
      });
    },
    rotate(idOrName, { graceMs = usualGraceMs } = {}) {
      if (!(Number.isFinite(graceMs) && graceMs >= 0 && graceMs <= longestGraceMs)) {
        throw settingInvalid('graceMs', `must be a number of milliseconds from 0 to ${longestGraceMs}.`);
      }
      const at = now();
      const end = Math.floor(at + graceMs);
      const secret = makeSecret();
      const key = change(idOrName, ({ id }, database) => {
        // One that has just ended stays until the next rotation: whoever still uses it is told why it fails.
        database.dropSecrets.run(id, at);
        database.endSecrets.run(end, id, end);
        database.addSecret.run(digestOf(secret), id, prefixOf(secret), at);
        touchKey(database, id, at);
      });
      return { key, secret };
    },
    delete(idOrName) {
      change(idOrName, ({ id }, database) => deleteKey(database, id, now()));
    },
    verify(secret) {
      file.poll();
      if (!isWellFormed(secret)) return undefined;
      const digest = digestOf(secret);
      const found = bySecret.get(digest);
      return found?.version === file.keysVersion ? found : readSecret(digest);
    },
    byId(id) {
      const found = byId.get(id);
      return found?.version === file.keysVersion ? found.key : readId(id);
    },
    hasKeys() {
      file.poll();
      if (known?.version !== file.keysVersion) {
        const hasKeys = file.read((database) => database.anyKey.get() !== undefined) ?? false;
        known = { hasKeys, version: file.keysVersion };
      }
      return known.hasKeys;
    },
    close() {
      if (closed) return;
      closed = true;
      spending.close();
      file.close();
    },
  };
};

const settingsOf = ({ id: _, createdAt: __, updatedAt: ___, secrets: ____, ...settings }: VirtualKey): KeySettings =>
  settings;
