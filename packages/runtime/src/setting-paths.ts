import { configSchema } from './schema.ts';
import { isRecord } from './schema-kinds.ts';

/** The keys of a section with what each holds, however many checks stand around it. */
const entriesOf = (schema: unknown): Readonly<Record<string, unknown>> | undefined => {
  if (!isRecord(schema)) return undefined;
  if (isRecord(schema.entries)) return schema.entries;
  const inner: readonly unknown[] = Array.isArray(schema.pipe) ? schema.pipe : [schema.wrapped];
  for (const each of inner) {
    const entries = entriesOf(each);
    if (entries !== undefined) return entries;
  }
  return undefined;
};

const pathsIn = (schema: unknown): readonly string[] =>
  Object.entries(entriesOf(schema) ?? {}).flatMap(([key, value]) => {
    const inner = pathsIn(value);
    return inner.length === 0 ? [key] : inner.map((path) => `${key}.${path}`);
  });

/** The paths of all settings, such as `cache.ttlMs`. Of what the user names (`providers`, `aliases`) only the table itself. */
export const settingPaths = (): readonly string[] => pathsIn(configSchema);
