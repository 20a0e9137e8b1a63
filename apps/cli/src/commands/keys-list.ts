import { defineCommand } from '../command.ts';
import { withKeys } from '../key-store.ts';
import { showKeys } from '../key-text.ts';
import { note, writeOut } from '../terminal.ts';

export const keysList = defineCommand({
  name: 'keys list',
  summary: 'List the keys',
  description:
    'In the order of their names, with what is spent of their budgets. Shows no secret, only how each begins.',
  flags: {
    team: { type: 'string', value: 'name', description: 'Those of one team' },
    tag: {
      type: 'strings',
      short: 't',
      value: 'tag',
      description: 'Those with this tag, and with all where several are given',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath keys list',
    'hotpath keys list --team docs',
    'hotpath keys list --json | jq -r \'.keys[] | select(.status != "active") | .name\'',
  ],
  async run({ flags }) {
    return withKeys(async ({ store, path, keyView }) => {
      const now = Date.now();
      const keys = store
        .list()
        .filter(
          ({ team, tags }) =>
            (flags.team === undefined || team === flags.team) && flags.tag.every((tag) => tags.includes(tag)),
        )
        .map((key) => keyView(store, key, now));
      if (flags.json) await writeOut(`${JSON.stringify({ path, keys })}\n`);
      else if (keys.length > 0) await writeOut(showKeys(keys));
      else
        note(store.hasKeys() ? 'No key is like that.' : 'There are no keys yet. Make one: hotpath keys create <name>');
      return 0;
    });
  },
});
