import { defineCommand } from '../command.ts';
import { findKey, readOne, withKeys } from '../key-store.ts';
import { showKey } from '../key-text.ts';
import { writeOut } from '../terminal.ts';

const name = 'keys show';

export const keysShow = defineCommand({
  name,
  summary: 'Show one key and what it has spent',
  argument: '<name|id>',
  description:
    'What a running server spent in the last second may be missing. The secret is not shown: it is kept nowhere.',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' } },
  examples: ['hotpath keys show ci', "hotpath keys show ci --json | jq '.budgets[].spentUsd'"],
  async run({ flags, positionals }) {
    const asked = readOne(positionals, name);
    return withKeys(async (keys) => {
      const view = keys.keyView(keys.store, findKey(keys, asked), Date.now());
      await writeOut(flags.json ? `${JSON.stringify(view)}\n` : showKey(view));
      return 0;
    });
  },
});
