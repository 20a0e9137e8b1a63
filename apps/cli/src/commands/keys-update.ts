import type { KeyChanges } from '@hotpath/server/keys';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { readSettings, settingFlags } from '../key-settings.ts';
import { findKey, readOne, withKeys } from '../key-store.ts';
import { showKey } from '../key-text.ts';
import { writeOut } from '../terminal.ts';

const name = 'keys update';

/** What each name after --clear takes away. */
const cleared: Readonly<Record<string, KeyChanges>> = {
  expires: { expiresAt: null },
  models: { models: null },
  budgets: { budgets: [] },
  rpm: { limits: { requestsPerMinute: null } },
  tpm: { limits: { tokensPerMinute: null } },
  concurrency: { limits: { concurrency: null } },
  team: { team: null },
  tags: { tags: [] },
  'cache-scope': { cacheScope: null },
};

const readCleared = (names: readonly string[]): KeyChanges => {
  let changes: KeyChanges = {};
  for (const each of names) {
    const change = cleared[each];
    if (change === undefined) {
      throw usageError(`--clear needs one of ${Object.keys(cleared).join(', ')}, not "${each}".`, name);
    }
    changes = { ...changes, ...change, ...(change.limits && { limits: { ...changes.limits, ...change.limits } }) };
  }
  return changes;
};

export const keysUpdate = defineCommand({
  name,
  summary: 'Change what a key may do',
  argument: '<name|id>',
  description: `Changes what is named and leaves the rest; running servers heed it within a second. A list that is given replaces the one there
was: name all models, budgets or tags that are to hold. What was spent counts against a new budget too.`,
  flags: {
    name: { type: 'string', value: 'name', description: 'Another name' },
    ...settingFlags,
    clear: {
      type: 'strings',
      value: 'setting',
      description: 'Take away: expires, models, budgets, rpm, tpm, concurrency, team, tags or cache-scope',
    },
    enable: { type: 'boolean', description: 'Let it open again after "hotpath keys disable"' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath keys update ci --budget 20/day --budget 200/month',
    'hotpath keys update ci --rpm 120 --clear tpm',
    'hotpath keys update ci --enable --expires 30d',
  ],
  async run({ flags, positionals }) {
    const asked = readOne(positionals, name);
    const settings = readSettings(flags, name);
    const taken = readCleared(flags.clear);
    const changes: KeyChanges = {
      ...settings,
      ...taken,
      ...((settings.limits || taken.limits) && { limits: { ...settings.limits, ...taken.limits } }),
      ...(flags.name !== undefined && { name: flags.name }),
      ...(flags.enable && { disabled: false }),
    };
    if (Object.keys(changes).length === 0) throw usageError('Say what is to change.', name);
    return withKeys(async (keys) => {
      const { store, keyView } = keys;
      const view = keyView(store, store.update(findKey(keys, asked).id, changes), Date.now());
      await writeOut(flags.json ? `${JSON.stringify(view)}\n` : showKey(view));
      return 0;
    });
  },
});
