import type { SqliteInspection, SqliteVerification } from '@hotpath/cache/stores/sqlite';
import type { ResolvedConfig } from './config.ts';

/**
 * What the cache file holds, or `undefined` where there is none. `check`: its structure is checked, which reads all of it.
 * Without `figures` nothing is counted, which takes no time. Throws for a file that cannot be read.
 */
export const inspectCacheFile = async (
  { path }: Pick<ResolvedConfig['cache'], 'path'>,
  options: { readonly check?: boolean; readonly figures?: boolean } = {},
): Promise<SqliteInspection | undefined> => {
  const { inspectSqlite } = await import('@hotpath/cache/stores/sqlite');
  return inspectSqlite(path, options);
};

/** Reads every answer in the file with the configured keys. Changes nothing. */
export const verifyCacheFile = async (
  { path, encryption }: Pick<ResolvedConfig['cache'], 'path' | 'encryption'>,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((entries: number, total: number) => void) | undefined;
  } = {},
): Promise<SqliteVerification> => {
  const { verifySqlite } = await import('@hotpath/cache/stores/sqlite');
  return verifySqlite(path, { ...options, encryption });
};
