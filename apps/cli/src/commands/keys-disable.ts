import { defineCommand } from '../command.ts';
import { findKey, readOne, withKeys } from '../key-store.ts';
import { writeOut } from '../terminal.ts';

const name = 'keys disable';

export const keysDisable = defineCommand({
  name,
  summary: 'Stop a key from opening anything',
  argument: '<name|id>',
  description: `Running servers heed it within a second; answers that have begun are not cut. Nothing of the key is lost:
"hotpath keys update <name> --enable" lets it open again.`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' } },
  examples: ['hotpath keys disable ci', 'hotpath keys update ci --enable'],
  async run({ flags, positionals }) {
    const asked = readOne(positionals, name);
    return withKeys(async (keys) => {
      const { store, keyView } = keys;
      const key = store.update(findKey(keys, asked).id, { disabled: true });
      await writeOut(
        flags.json
          ? `${JSON.stringify(keyView(store, key, Date.now()))}\n`
          : `The key "${key.name}" opens nothing any more. To undo: hotpath keys update ${key.id} --enable\n`,
      );
      return 0;
    });
  },
});
