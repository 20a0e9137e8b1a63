import { existsSync } from 'node:fs';
import type { EventStore, Filter } from '@hotpath/runtime/analytics';
import { CliError, fileUnusable, usageError } from '../errors.ts';
import { note } from '../terminal.ts';
import type { KeyNames } from './key-names.ts';

type Analytics = typeof import('@hotpath/runtime/analytics');

interface StoreFlags {
  readonly store: string | undefined;
  readonly config: string | undefined;
}

interface FilterFlags {
  readonly model: readonly string[];
  readonly provider: readonly string[];
  readonly key: readonly string[];
  readonly where: readonly string[];
}

/** Events, and what is asked of them. */
export interface Events {
  readonly analytics: Analytics;
  readonly store: EventStore;
  readonly where: Filter;
  /** Says where nothing was found what to do. */
  explainNothing(): void;
  keyNames(): Promise<KeyNames>;
}

/** Of the file of events, by the configuration that a command would find. Throws `ConfigError`. */
export const findPath = async (configFile: string | undefined): Promise<string> => {
  const { readTelemetryConfig } = await import('@hotpath/runtime/telemetry');
  return (await readTelemetryConfig(configFile)).path;
};

const readKeys = async (): Promise<KeyNames> => {
  const [{ readKeyNames }, { findFolders }] = await Promise.all([import('./key-names.ts'), import('@hotpath/runtime')]);
  return readKeyNames(findFolders().state);
};

/** What `--model`, `--provider`, `--key` and `--where` let through. Throws a usage error. */
const readFilter = async (flags: FilterFlags, command: string): Promise<Filter> => {
  const where: Record<string, string[]> = {};
  const add = (name: string, value: string): void => {
    const values = where[name] ?? [];
    where[name] = values;
    values.push(value);
  };
  for (const model of flags.model) add('model', model);
  for (const provider of flags.provider) add('provider', provider);
  if (flags.key.length > 0) {
    const { idOf } = await readKeys();
    for (const key of flags.key) add('key', idOf(key));
  }
  for (const each of flags.where) {
    const at = each.indexOf('=');
    if (at < 1) throw usageError(`--where needs a name and a value, such as outcome=failed, not "${each}".`, command);
    add(each.slice(0, at), each.slice(at + 1));
  }
  return where;
};

/** A file that is still empty, since who made it was ended, becomes a store without events. */
const openStore = ({ openEventStore }: Analytics, path: string): EventStore => {
  try {
    return openEventStore({ path, isReadOnly: true });
  } catch (error) {
    try {
      return openEventStore({ path });
    } catch {
      throw error;
    }
  }
};

/** Opens the events for `work`, and closes them. Where there is no file yet, there are no events. */
export const withEvents = async <Result>(
  flags: StoreFlags & FilterFlags,
  command: string,
  work: (events: Events) => Promise<Result>,
): Promise<Result> => {
  const path = flags.store ?? (await findPath(flags.config));
  const isThere = existsSync(path);
  if (!isThere && flags.store !== undefined) throw fileUnusable(path, new Error('there is no such file'));
  const where = await readFilter(flags, command);
  const analytics = await import('@hotpath/runtime/analytics');
  const store = isThere ? openStore(analytics, path) : analytics.openEventStore({ path: ':memory:' });
  try {
    return await work({
      analytics,
      store,
      where,
      keyNames: readKeys,
      explainNothing: () =>
        note(
          isThere
            ? 'Nothing was recorded of that: ask for more time with --days, or with fewer filters.'
            : `Nothing is recorded yet in ${path}. Whatever is asked from now on is, by "hotpath ask", "hotpath serve" and the others, unless telemetry.enabled of the configuration is false.`,
        ),
    });
  } catch (error) {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
    if (code === 'TELEMETRY_QUERY_INVALID' && !(error instanceof CliError)) throw usageError(message ?? '', command);
    throw error;
  } finally {
    await store.close();
  }
};
