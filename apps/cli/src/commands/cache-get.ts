import type { AnswerStores, CachedAnswer, CacheEntry } from '@hotpath/runtime';
import { answerText } from '../answer-text.ts';
import { complainOfFaults, describePlace, findSettings, withStores } from '../cache-stores.ts';
import { configFlag, defineCommand } from '../command.ts';
import { entryMissing, noCacheFile, notAnAnswer, usageError } from '../errors.ts';
import { roundMs, roundUsd, showBytes, showDuration, showTable, showTime, showUsd } from '../figures.ts';
import { note, styledError, writeOut } from '../terminal.ts';

interface Found {
  readonly tier: 'disk' | 'store' | 'redis';
  readonly entry: CacheEntry<Uint8Array>;
}

const places = { disk: 'on disk', store: "in the plugin's store", redis: 'in Redis' } as const;

const describe = (entry: CacheEntry<Uint8Array>, answer: CachedAnswer, tier: Found['tier']): string => {
  const { createdAt, expiresAt, costUsd, loadMs, tags } = entry;
  const { provider, model, usage, contentType, body } = answer;
  return showTable([
    ['From', `${provider}/${model}, found ${places[tier]}`],
    ['Created', showTime(createdAt)],
    ['Expires', showTime(expiresAt)],
    ['Cost', costUsd === undefined ? 'unknown' : showUsd(costUsd)],
    ['Took', loadMs === undefined ? 'unknown' : showDuration(loadMs)],
    ['Tokens', usage === undefined ? 'unknown' : `${usage.inputTokens} in, ${usage.outputTokens} out`],
    ['Tags', tags === undefined ? 'none' : tags.join(', ')],
    ['Size', `${showBytes(body.byteLength)}, ${contentType}`],
  ]);
};

const describeAsJson = (
  key: string,
  { tier, entry }: Found,
  answer: CachedAnswer,
  text: string | undefined,
): object => ({
  key,
  tier,
  createdAt: entry.createdAt,
  expiresAt: Number.isFinite(entry.expiresAt) ? entry.expiresAt : null,
  costUsd: entry.costUsd === undefined ? null : roundUsd(entry.costUsd),
  loadMs: entry.loadMs === undefined ? null : roundMs(entry.loadMs),
  tags: entry.tags ?? [],
  provider: answer.provider,
  model: answer.model,
  usage: answer.usage ?? null,
  contentType: answer.contentType,
  bytes: answer.body.byteLength,
  text: text ?? null,
  body: answer.body.toString(),
});

export const cacheGet = defineCommand({
  name: 'cache get',
  summary: 'Show one entry of the cache',
  argument: '<key>',
  description:
    'Prints the answer on standard output, and when it was made, what it cost and how to invalidate it on standard error.\n"hotpath cache export" lists the keys. Write -- before one that begins with "-".',
  flags: {
    raw: { type: 'boolean', description: 'Print the answer as it goes over the wire, not its text' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath cache get 3q2-7wL0b1cXxvXWmT9pI5gYk0yM0R5wN1p3aVtq2Zk',
    'hotpath cache get "$(hotpath cache stats --json | jq -r \'.mostUsed[0]\')" --json | jq .costUsd',
  ],
  async run({ flags, positionals }) {
    const [key] = positionals;
    if (key === undefined || positionals.length > 1) throw usageError('Name one key.', 'cache get');
    const { answerCodec } = await import('@hotpath/runtime');
    const settings = await findSettings(flags.config);
    const show = async (stores: AnswerStores): Promise<number> => {
      const { disk, shared } = stores;
      const kept = await disk?.get(key);
      const found: Found | undefined = kept && { tier: settings.store === undefined ? 'disk' : 'store', entry: kept };
      const entry = found ?? (await fromRedis(shared, key));
      if (entry === undefined) {
        if (disk === undefined && shared === undefined) throw noCacheFile(settings.path);
        complainOfFaults(stores, 'It may hold the entry.');
        throw entryMissing(key, describePlace(settings));
      }
      const answer = decode(() => answerCodec.decode(entry.entry.value), key);
      const text = await answerText(answer);
      if (flags.json) await writeOut(`${JSON.stringify(describeAsJson(key, entry, answer, text))}\n`);
      else {
        note(styledError('dim', describe(entry.entry, answer, entry.tier)));
        const shown = flags.raw || text === undefined ? answer.body.toString() : text;
        await writeOut(shown.endsWith('\n') ? shown : `${shown}\n`);
      }
      return 0;
    };
    return withStores(settings, show, { onlyReads: true });
  },
});

const fromRedis = async (
  shared: { get(key: string): unknown } | undefined,
  key: string,
): Promise<Found | undefined> => {
  const entry = (await shared?.get(key)) as CacheEntry<Uint8Array> | undefined;
  return entry && { tier: 'redis', entry };
};

/** Bytes of another kind fail in whatever way they happen to. */
const decode = (run: () => CachedAnswer, key: string): CachedAnswer => {
  try {
    return run();
  } catch {
    throw notAnAnswer(key);
  }
};
