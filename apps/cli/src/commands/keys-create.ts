import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { readSettings, settingFlags } from '../key-settings.ts';
import { withKeys } from '../key-store.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'keys create';

export const keysCreate = defineCommand({
  name,
  summary: 'Make a key for clients of the gateway',
  argument: '<name>',
  description: `Prints the secret on standard output, this once: only its hash is kept. Clients send it as their API key. A running server
knows the key within a second. As soon as there is a key, the server on this machine answers nobody without one.
Dollars are counted by the price list and reserved before each call; periods begin at full hours, days, Mondays and
months in UTC.`,
  flags: { ...settingFlags, json: { type: 'boolean', description: 'Print one JSON object, the secret in it' } },
  examples: [
    'hotpath keys create ci',
    'hotpath keys create ci --expires 90d --budget 10/day --budget 100/month',
    "hotpath keys create docs --team docs --model 'openai/gpt-4.1*' --model fast --rpm 60 --tpm 100000",
    'OPENAI_API_KEY="$(hotpath keys create notebook)" python notebook.py',
  ],
  async run({ flags, positionals }) {
    const [keyName] = positionals;
    if (keyName === undefined || positionals.length > 1) throw usageError('Give the key one name.', name);
    const settings = readSettings(flags, name);
    return withKeys(async ({ store, path, keyView }) => {
      const isFirst = !store.hasKeys();
      const { key, secret } = store.create({ ...settings, name: keyName });
      if (flags.json) {
        await writeOut(`${JSON.stringify({ ...keyView(store, key, Date.now()), secret })}\n`);
        return 0;
      }
      note(`Made the key "${key.name}" (${key.id}). This is its secret, which is not shown again:`);
      await writeOut(`${secret}\n`);
      if (isFirst) note(`It is the first in ${path}: the server on this machine now wants a key from everybody.`);
      return 0;
    });
  },
});
