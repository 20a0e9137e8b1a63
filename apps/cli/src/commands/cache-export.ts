import { resolve } from 'node:path';
import type { AnswerStores, CacheStore } from '@hotpath/runtime';
import { describePlace, findSettings, redisAlone, withStores } from '../cache-stores.ts';
import { transferHeader, transferLine } from '../cache-transfer.ts';
import { configFlag, defineCommand } from '../command.ts';
import { cacheUnavailable, noCacheFile, storeCannotList, usageError } from '../errors.ts';
import { showBytes, showCount, showEntries } from '../figures.ts';
import { openOutput } from '../output-file.ts';
import { showProgress } from '../progress.ts';
import { note, writeOut } from '../terminal.ts';

const chunkCharacters = 64 * 1024;

/** Hands on every live entry in chunks of lines. Returns how many there were. */
const exportEntries = async (
  store: CacheStore<Uint8Array>,
  keys: ReturnType<NonNullable<typeof store.keys>>,
  write: (text: string) => Promise<void>,
  onEntry: (entries: number) => void,
  signal: AbortSignal,
): Promise<number> => {
  let text = transferHeader(Date.now());
  let entries = 0;
  for await (const key of keys) {
    if (signal.aborted) break;
    const entry = await store.get(key);
    if (entry === undefined || entry.absent === true) continue;
    text += transferLine(key, entry);
    entries += 1;
    if (text.length >= chunkCharacters) {
      await write(text);
      text = '';
      onEntry(entries);
    }
  }
  await write(text);
  return entries;
};

export const cacheExport = defineCommand({
  name: 'cache export',
  summary: 'Write the entries of the cache as lines of JSON',
  description: `The first line names the format; each other line is one entry: key, times, tags, cost, and its value in base64. Values are
written decrypted: a file made with --output can be read by you alone, and what you pipe is your care. What has expired or
was invalidated is left out.`,
  flags: {
    output: { type: 'string', short: 'o', value: 'file', description: 'Write to this file (default: standard output)' },
    from: {
      type: 'string',
      value: 'disk|redis',
      description: "Which of the two to read (default: disk, or a plugin's store in its place)",
    },
    json: { type: 'boolean', description: 'With --output: print one JSON object that sums it up' },
    config: configFlag,
  },
  examples: [
    'hotpath cache export --output answers.ndjson',
    'hotpath cache export --output answers.ndjson --json | jq .entries',
    'hotpath cache export | zstd > answers.ndjson.zst',
    "hotpath cache export | tail -n +2 | jq -r '[.key, .tags[1]] | @tsv'",
  ],
  async run({ flags, signal }) {
    const { from = 'disk' } = flags;
    if (from !== 'disk' && from !== 'redis') throw usageError('--from is disk or redis.', 'cache export');
    if (flags.json && flags.output === undefined)
      throw usageError(
        'Without --output, standard output is for the entries, which are lines of JSON as they are. Leave out --json, or add --output FILE for a summary.',
        'cache export',
      );
    const settings = await findSettings(flags.config);
    // A file that is not asked for is not opened.
    const asked = from === 'disk' ? settings : redisAlone(settings);
    const write = async ({ disk, shared }: AnswerStores): Promise<number> => {
      const store = from === 'disk' ? disk : shared;
      if (store === undefined) {
        throw from === 'disk'
          ? noCacheFile(settings.path)
          : cacheUnavailable('no Redis is configured. Set cache.redis.url, or export from disk.');
      }
      const keys = store.keys?.();
      if (keys === undefined)
        throw storeCannotList(
          describePlace(settings),
          'Its entries cannot be exported; look at one with "hotpath cache get".',
        );
      const output = await openOutput(flags.output);
      const progress = showProgress();
      try {
        let bytes = 0;
        const entries = await exportEntries(
          store,
          keys,
          (text) => {
            bytes += Buffer.byteLength(text);
            return output.write(text);
          },
          (count) => progress.report(`${showCount(count)} entries, ${showBytes(bytes)}`),
          signal,
        );
        progress.end();
        if (signal.aborted) {
          await output.discard();
          return 1;
        }
        await output.finish();
        if (flags.output !== undefined) {
          if (flags.json) await writeOut(`${JSON.stringify({ entries, bytes, file: resolve(flags.output) })}\n`);
          else note(`Wrote ${showEntries(entries)} to ${flags.output}.`);
        }
        return 0;
      } catch (error) {
        progress.end();
        await output.discard();
        throw error;
      }
    };
    // It reads everything anyway, and half an export must not take the place of a whole one.
    return withStores(asked, write, { onlyReads: true, checks: true });
  },
});
