import type { KeyDatabase } from './database.ts';
import type { KeySettings, SecretInfo, VirtualKey } from './virtual-key.ts';

type Row = Readonly<Record<string, unknown>>;

/** A key with the number of its last change. */
export interface KeyRow {
  readonly key: VirtualKey;
  readonly revision: number;
}

const readSecrets = (database: KeyDatabase, id: string): readonly SecretInfo[] =>
  database.secretsOf.all(id).map(({ prefix, created_at: createdAt, expires_at: expiresAt }) => ({
    prefix: String(prefix),
    createdAt: Number(createdAt),
    expiresAt: expiresAt === null ? null : Number(expiresAt),
  }));

/** The key of a row; the one that is known already where that has not changed since. */
export const keyOfRow = (database: KeyDatabase, row: Row, known?: KeyRow): KeyRow => {
  const revision = Number(row.revision);
  const id = String(row.id);
  if (known?.key.id === id && known.revision === revision) return known;
  const settings = JSON.parse(String(row.settings)) as Omit<KeySettings, 'name'>;
  const key: VirtualKey = {
    id,
    name: String(row.name),
    ...settings,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    secrets: readSecrets(database, id),
  };
  return { key, revision };
};

export const findRow = (database: KeyDatabase, idOrName: string): Row | undefined =>
  database.keyById.get(idOrName) ?? database.keyByName.get(idOrName);

const settingsText = ({ name: _, ...settings }: KeySettings): string => JSON.stringify(settings);

const nextRevision = (database: KeyDatabase): number => Number(database.nextRevision.get()?.revision);

export const addKey = (database: KeyDatabase, id: string, settings: KeySettings, at: number): void => {
  const { name, team } = settings;
  database.addKey.run(id, name, team, at, at, nextRevision(database), settingsText(settings));
};

export const changeKey = (database: KeyDatabase, id: string, settings: KeySettings, at: number): void => {
  const { name, team } = settings;
  database.changeKey.run(name, team, at, nextRevision(database), settingsText(settings), id);
};

/** Notes that something has changed that is not a setting. */
export const touchKey = (database: KeyDatabase, id: string, at: number): void => {
  database.touchKey.run(at, nextRevision(database), id);
};

/** What it spent stays, under its name, which another key may have from now on. */
export const deleteKey = (database: KeyDatabase, id: string, at: number): void => {
  database.deleteSecrets.run(id);
  database.deleteKey.run(at, nextRevision(database), id);
};
