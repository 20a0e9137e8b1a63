import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { usageError } from '../errors.ts';
import { showTime } from '../figures.ts';
import { readDuration } from '../key-settings.ts';
import { findKey, readOne, withKeys } from '../key-store.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'keys rotate';
const usualGrace = '24h';

const readGrace = (text: string): number => {
  const graceMs = text === '0' ? 0 : readDuration(text);
  if (graceMs === undefined)
    throw usageError(`--grace needs a time such as 30m, 12h or 7d, or 0, not "${text}".`, name);
  return graceMs;
};

export const keysRotate = defineCommand({
  name,
  summary: 'Give a key a new secret',
  argument: '<name|id>',
  description: `Prints the new secret on standard output, this once. The old one goes on working for the time of --grace, so that clients can
change over; settings, spending and cached answers stay. After a leak use --grace 0, which asks first: all secrets
that the key had stop at once.`,
  flags: {
    grace: {
      type: 'string',
      short: 'g',
      value: 'time',
      description: `How long the old one works (default: ${usualGrace})`,
    },
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    json: { type: 'boolean', description: 'Print one JSON object, the secret in it' },
  },
  examples: ['hotpath keys rotate ci', 'hotpath keys rotate ci --grace 7d', 'hotpath keys rotate ci --grace 0 --yes'],
  async run({ flags, positionals, signal }) {
    const asked = readOne(positionals, name);
    const graceMs = readGrace(flags.grace ?? usualGrace);
    return withKeys(async (keys) => {
      const { store, keyView } = keys;
      const { id, name: keyName } = findKey(keys, asked);
      const isSure =
        graceMs > 0 ||
        flags.yes ||
        (await confirm({
          what: 'stopping the old secret at once',
          question: `Stop every secret that the key "${keyName}" has now?`,
          command: `${name} ${id} --grace 0`,
          signal,
        }));
      if (!isSure) {
        note('Nothing was changed.');
        return 1;
      }
      const { key, secret } = store.rotate(id, { graceMs });
      if (flags.json) {
        await writeOut(`${JSON.stringify({ ...keyView(store, key, Date.now()), secret })}\n`);
        return 0;
      }
      note(`This is the new secret of the key "${key.name}", which is not shown again:`);
      await writeOut(`${secret}\n`);
      const ends = key.secrets.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
      note(graceMs === 0 ? 'The old one has stopped.' : `The old one works until ${showTime(Math.max(...ends))}.`);
      return 0;
    });
  },
});
