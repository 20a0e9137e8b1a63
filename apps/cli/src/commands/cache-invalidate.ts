import { complainOfFaults, describePlace, findSettings, storeIsSilent, withStores } from '../cache-stores.ts';

import { configFlag, defineCommand } from '../command.ts';
import { storeCannotList, usageError } from '../errors.ts';
import { invalidateListed } from '../invalidate-listed.ts';
import { writeOut } from '../terminal.ts';

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export const cacheInvalidate = defineCommand({
  name: 'cache invalidate',
  summary: 'Make answers invalid, by key, tag, pattern or namespace',
  description: `Each option may be given several times. Running servers on the same file or Redis learn of it before their next answer.
Answers have the tags provider:<id> and model:<provider>/<model>. In a pattern * is any run of characters, ? any one and
[a-z] one of a set.`,
  flags: {
    key: { type: 'strings', short: 'k', value: 'key', description: 'The entry under this key' },
    tag: { type: 'strings', short: 't', value: 'tag', description: 'All entries with this tag' },
    match: { type: 'strings', short: 'm', value: 'pattern', description: 'All entries whose key matches' },
    namespace: { type: 'strings', short: 'n', value: 'name', description: 'All entries of this namespace' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath cache invalidate --tag provider:openai',
    'hotpath cache invalidate --tag model:openai/gpt-4.1-mini --tag model:openai/gpt-4.1',
    'hotpath cache invalidate --key 3q2-7wL0b1cXxvXWmT9pI5gYk0yM0R5wN1p3aVtq2Zk',
    "hotpath cache invalidate --match 'draft-*'",
  ],
  async run({ flags }) {
    const { key: keys, tag: tags, match: patterns, namespace: namespaces } = flags;
    if (keys.length + tags.length + patterns.length + namespaces.length === 0)
      throw usageError('Say what is to become invalid: --key, --tag, --match or --namespace.', 'cache invalidate');
    const settings = await findSettings(flags.config);
    return withStores(settings, async (stores) => {
      const { cache, disk } = stores;
      const hasLog = disk === undefined || disk.invalidations !== undefined;
      const isListed = disk !== undefined && !hasLog && tags.length + patterns.length + namespaces.length > 0;
      if (isListed && disk.keys === undefined)
        throw storeCannotList(
          describePlace(settings),
          'Invalidate single answers with --key, or everything with "hotpath cache clear".',
        );
      // Keys first: what a tag covers as well was still there.
      const deleted: { key: string; found: boolean }[] = [];
      for (const key of keys) deleted.push({ key, found: await cache.delete(key) });
      if (isListed) await invalidateListed(disk, stores.shared, { tags, patterns, namespaces });
      else {
        for (const pattern of patterns) await cache.deleteMatching(pattern);
        if (tags.length > 0) await cache.deleteTag(...tags);
        for (const namespace of namespaces) await cache.clear(namespace);
      }
      const hasFailed = complainOfFaults(stores, 'Run this again when it can be used.');
      if (flags.json) {
        await writeOut(`${JSON.stringify({ done: !hasFailed, keys: deleted, tags, patterns, namespaces })}\n`);
      } else if (!hasFailed) {
        const place = describePlace(settings);
        const where = stores.shared === undefined ? place : `${place} and Redis`;
        const heard = `Whoever uses ${where} learns of it before the next answer.`;
        const lines = [
          ...deleted.map(({ key, found }) => (found ? `Deleted "${key}".` : `There was no entry under "${key}".`)),
          ...(tags.length > 0 ? [`Invalid now: everything tagged ${quoted(tags)}.`] : []),
          ...(patterns.length > 0 ? [`Invalid now: every key that matches ${quoted(patterns)}.`] : []),
          ...(namespaces.length > 0 ? [`Invalid now: everything in ${quoted(namespaces)}.`] : []),
          disk === undefined && stores.shared === undefined
            ? `There is no cache file ${settings.path} yet, so there was nothing to do.`
            : hasLog
              ? heard
              : storeIsSilent,
        ];
        await writeOut(`${lines.join('\n')}\n`);
      }
      return hasFailed ? 1 : 0;
    });
  },
});
