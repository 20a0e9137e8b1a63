import type { TemperatureRule } from '@hotpath/ai-router';
import type { PluginSettings } from './plugins/plugin-settings.ts';
import type { Duration, Size } from './quantity.ts';

/** How the cache's memory makes room. */
export const cacheEvictionPolicies = ['lru', 's3-fifo'] as const;
export type CacheEvictionPolicy = (typeof cacheEvictionPolicies)[number];

/** Which answers are kept, where, and for how long. */
export interface CacheConfig {
  /** @default true */
  readonly enabled?: boolean | string | undefined;
  /** The SQLite file; relative to the configuration's folder. @default `answers.sqlite` in the user's cache folder */
  readonly path?: string | undefined;
  /** How long an answer may be replayed. @default '24h' */
  readonly ttlMs?: Duration | undefined;
  /** Answers kept in memory as bytes; up to 100 of them are kept live as well. @default 1000 */
  readonly memoryEntries?: number | string | undefined;
  /** Bound on what they hold, and on the live ones as well. @default '64MB' */
  readonly memoryBytes?: Size | undefined;
  /** @default '1GB' */
  readonly diskBytes?: Size | undefined;
  /** Larger answers are passed on and not kept. @default '32MB' */
  readonly maxAnswerBytes?: Size | undefined;
  /**
   * Whose answers may be kept: `unset-or-zero` those to requests with temperature 0 or none, `zero` only with 0,
   * `any` all. @default 'unset-or-zero'
   */
  readonly temperature?: TemperatureRule | undefined;
  /** Whether clients with different API keys see each other's answers. @default 'key' */
  readonly scope?: 'key' | 'shared' | undefined;
  /**
   * What leaves memory first: `lru` the answer used least recently, `s3-fifo` what a scan of answers used once should
   * not push out. @default 'lru'
   */
  readonly evictionPolicy?: CacheEvictionPolicy | undefined;
  /** Answers larger than this are compressed on disk and in Redis. @default '4KB' */
  readonly compressFromBytes?: Size | undefined;
  /** The most used answers are brought into memory after the start, as many as this; 0 for none. @default 1000 */
  readonly warmEntries?: number | string | undefined;
  /** For how long at most that may go on. @default '1s' */
  readonly warmBudgetMs?: Duration | undefined;
  /** A store of a plugin, used in place of the SQLite file. @default none */
  readonly store?:
    | {
        /** As the plugin's manifest names it. */
        readonly name: string;
        /** Handed to the plugin as it stands here. */
        readonly settings?: PluginSettings | undefined;
      }
    | undefined;
  /** A Redis or Valkey that replicas share. Down it means slower, never failing. @default none */
  readonly redis?:
    | {
        /** Such as `redis://localhost:6379`, `rediss://…` for TLS. Write a password as `'${REDIS_PASSWORD}'`. */
        readonly url: string;
        /** Begins the name of everything that is kept there; gateways with the same one share answers. @default 'hotpath' */
        readonly prefix?: string | undefined;
        /** How long an answer is kept there. @default the cache's `ttlMs` */
        readonly ttlMs?: Duration | undefined;
      }
    | undefined;
  /** Encrypts answers on disk and in Redis (AES-256-GCM). What is not encrypted yet is then asked for again. @default none */
  readonly encryption?:
    | {
        /** Keys by id, 32 bytes each as 64 hex digits or base64. Write `'${CACHE_KEY}'` rather than the key itself. */
        readonly keys: Readonly<Record<string, string>>;
        /** Id of the key for new answers; the others only read. */
        readonly current: string;
      }
    | undefined;
}

/** The same with every default filled in. */
export interface ResolvedCache {
  readonly enabled: boolean;
  /** Absolute. */
  readonly path: string;
  readonly ttlMs: number;
  readonly memoryEntries: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly maxAnswerBytes: number;
  readonly temperature: TemperatureRule;
  readonly scope: 'key' | 'shared';
  readonly evictionPolicy: CacheEvictionPolicy;
  readonly compressFromBytes: number;
  readonly warmEntries: number;
  readonly warmBudgetMs: number;
  readonly store?: { readonly name: string; readonly settings?: PluginSettings };
  readonly redis?: { readonly url: string; readonly prefix: string; readonly ttlMs: number };
  readonly encryption?: { readonly keys: Readonly<Record<string, string>>; readonly current: string };
}

/** What a configuration says of it after validation, before the defaults. */
export type ValidCache = Partial<Omit<ResolvedCache, 'redis'>> & {
  readonly redis?: { readonly url: string; readonly prefix?: string; readonly ttlMs?: number };
};

const megabyte = 1024 * 1024;

/** Fills in the defaults; `path` where the file has none of its own. */
export const cacheWithDefaults = (config: ValidCache | undefined, path: string): ResolvedCache => {
  const { redis, ...given } = config ?? {};
  const cache = {
    enabled: true,
    path,
    ttlMs: 24 * 60 * 60 * 1000,
    memoryEntries: 1000,
    memoryBytes: 64 * megabyte,
    diskBytes: 1024 * megabyte,
    maxAnswerBytes: 32 * megabyte,
    temperature: 'unset-or-zero' as const,
    scope: 'key' as const,
    evictionPolicy: 'lru' as const,
    compressFromBytes: 4096,
    warmEntries: 1000,
    warmBudgetMs: 1000,
    ...given,
  };
  return { ...cache, ...(redis !== undefined && { redis: { prefix: 'hotpath', ttlMs: cache.ttlMs, ...redis } }) };
};
