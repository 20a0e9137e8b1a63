import {
  complainOfFaults,
  describePlace,
  findSettings,
  pluginStoreOf,
  storeIsSilent,
  withStores,
} from '../cache-stores.ts';
import { configFlag, defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { showEntries } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';

export const cacheClear = defineCommand({
  name: 'cache clear',
  summary: 'Remove everything from the cache',
  description:
    'Removes every entry from the configured file or store, and from Redis under the configured prefix. Asks first; where there is\nnobody to ask it wants --yes. Running servers learn of it before their next answer. The number removed is that of the\nfile, and counts entries that had expired or were invalidated and still in it.',
  flags: {
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: ['hotpath cache clear', 'hotpath cache clear --yes --config deploy/hotpath.config.yaml'],
  async run({ flags, signal }) {
    const settings = await findSettings(flags.config);
    return withStores(settings, async (stores) => {
      const { cache, disk, shared } = stores;
      const entries = (await disk?.usage())?.entries ?? 0;
      const place = describePlace(settings);
      const where = shared === undefined ? place : `${place} and from Redis`;
      const isSure =
        flags.yes ||
        (await confirm({
          what: 'clearing the cache',
          question: `Remove ${showEntries(entries)} from ${where}?`,
          command: 'cache clear',
          signal,
        }));
      if (!isSure) {
        note('Nothing was removed.');
        return 1;
      }
      await cache.clear();
      const hasFailed = complainOfFaults(stores, 'Run this again when it can be used.');
      if (flags.json) {
        const store = pluginStoreOf(settings);
        const path = store === null ? settings.path : null;
        await writeOut(`${JSON.stringify({ cleared: !hasFailed, path, store, entries })}\n`);
      } else if (!hasFailed) await writeOut(`Removed ${showEntries(entries)} from ${where}.\n`);
      if (disk !== undefined && disk.invalidations === undefined) note(storeIsSilent);
      return hasFailed ? 1 : 0;
    });
  },
});
