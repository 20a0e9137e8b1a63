import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { findKey, readOne, withKeys } from '../key-store.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'keys delete';

export const keysDelete = defineCommand({
  name,
  summary: 'Remove a key for good',
  argument: '<name|id>',
  description: `Removes its settings and secrets; what it spent stays in the reports. Asks first; where there is nobody to ask it wants --yes.
Running servers heed it within a second. Once the last key is gone, the server on this machine answers without one
again, where it listens for this machine alone.`,
  flags: {
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: ['hotpath keys delete ci', 'hotpath keys delete 7f3a9c01be24 --yes'],
  async run({ flags, positionals, signal }) {
    const asked = readOne(positionals, name);
    return withKeys(async (keys) => {
      const { store } = keys;
      const { id, name: keyName } = findKey(keys, asked);
      const isSure =
        flags.yes ||
        (await confirm({
          what: 'deleting a key',
          question: `Delete the key "${keyName}" (${id}) for good?`,
          command: `${name} ${id}`,
          signal,
        }));
      if (!isSure) {
        note('Nothing was deleted.');
        return 1;
      }
      store.delete(id);
      await writeOut(
        flags.json ? `${JSON.stringify({ deleted: true, id, name: keyName })}\n` : `Deleted the key "${keyName}".\n`,
      );
      if (!flags.json && !store.hasKeys()) note('It was the last one.');
      return 0;
    });
  },
});
