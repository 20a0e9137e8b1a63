import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AnswerStores } from '@hotpath/runtime';
import { complainOfFaults, describePlace, findSettings, withStores } from '../cache-stores.ts';
import { checkTransferHeader, parseTransferLine, type TransferredEntry } from '../cache-transfer.ts';
import { configFlag, defineCommand } from '../command.ts';
import { fileUnusable, importInvalid, usageError } from '../errors.ts';
import { showCount, showEntries } from '../figures.ts';
import { showProgress } from '../progress.ts';
import { note, warn, writeOut } from '../terminal.ts';

/** What waits in memory is written when it has grown by this much. */
const flushBytes = 4 * 1024 * 1024;
const shownProblems = 5;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Writes entries to every store, as made after all that was invalidated so far. */
const createWriter = (stores: AnswerStores) => {
  const targets = [stores.disk, stores.shared].filter((store) => store !== undefined);
  let waitingBytes = 0;
  let unshared: unknown;
  return {
    write: async ({ key, entry }: TransferredEntry): Promise<void> => {
      for (const store of targets) {
        const written = { ...entry, version: store.invalidations?.version() };
        if (store === stores.disk) await store.set(key, written, 'set');
        // The first failure tells enough: waiting for each of thousands would take hours.
        else if (unshared === undefined) {
          try {
            await store.set(key, written, 'set');
          } catch (error) {
            unshared = error;
          }
        }
      }
      waitingBytes += entry.value.byteLength + key.length;
      if (waitingBytes < flushBytes) return;
      waitingBytes = 0;
      await stores.disk?.flush?.();
    },
    failure: () => unshared,
  };
};

const readEntry = (text: string, decode: (bytes: Uint8Array) => unknown): TransferredEntry => {
  const transferred = parseTransferLine(text);
  try {
    decode(transferred.entry.value);
  } catch {
    throw new Error('"value" is not a stored answer.');
  }
  return transferred;
};

interface Outcome {
  imported: number;
  expired: number;
  bad: number;
}

export const cacheImport = defineCommand({
  name: 'cache import',
  summary: 'Read entries into the cache that an export has written',
  argument: '<file>',
  description: `Reads the file, or standard input where it is "-" or left out. Entries keep their times; those that have expired are skipped,
and one that is already there is replaced. A bad line ends the import, and what was read before it stays.`,
  flags: {
    continue: { type: 'boolean', description: 'Skip bad lines instead of stopping at the first' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath cache import answers.ndjson',
    'zstdcat answers.ndjson.zst | hotpath cache import',
    'ssh build hotpath cache export | hotpath cache import --continue',
  ],
  async run({ flags, positionals, signal }) {
    if (positionals.length > 1) throw usageError('Name one file.', 'cache import');
    const [path = '-'] = positionals;
    if (path === '-' && process.stdin.isTTY) throw usageError('Name a file, or pipe an export in.', 'cache import');
    const { answerCodec } = await import('@hotpath/runtime');
    const settings = await findSettings(flags.config);
    const input = path === '-' ? process.stdin : createReadStream(path);
    const failed = new Promise<never>((_, reject) => {
      input.once('error', (error) => reject(fileUnusable(path, error)));
    });
    failed.catch(() => {});

    const read = async (stores: AnswerStores): Promise<Outcome> => {
      const outcome: Outcome = { imported: 0, expired: 0, bad: 0 };
      const writer = createWriter(stores);
      const progress = showProgress();
      let line = 0;
      /** Without its first line nothing says what the others are. */
      const readLine = (text: string): TransferredEntry | undefined => {
        try {
          if (line > 1) return readEntry(text, answerCodec.decode);
          checkTransferHeader(text);
        } catch (error) {
          const problem = importInvalid(line, messageOf(error));
          if (line === 1 || !flags.continue) throw problem;
          outcome.bad += 1;
          if (outcome.bad <= shownProblems) warn(problem.message);
        }
        return undefined;
      };
      try {
        for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal })) {
          line += 1;
          const transferred = line > 1 && text.trim() === '' ? undefined : readLine(text);
          if (transferred !== undefined && transferred.entry.expiresAt <= Date.now()) outcome.expired += 1;
          else if (transferred !== undefined) {
            await writer.write(transferred);
            outcome.imported += 1;
          }
          progress.report(`${showCount(line)} lines, ${showEntries(outcome.imported)} imported`);
        }
        if (line === 0) throw importInvalid(1, 'there is none. Give a file that "hotpath cache export" has written.');
      } finally {
        progress.end();
        if (line > 1)
          note(`${showEntries(outcome.imported)} imported, ${showCount(outcome.expired)} expired ones skipped.`);
      }
      if (outcome.bad > 0) warn(`${showCount(outcome.bad)} bad lines were skipped.`);
      const failure = writer.failure();
      if (failure !== undefined)
        warn(`redis: ${messageOf(failure)} What came after it went to ${describePlace(settings)} alone.`);
      return outcome;
    };

    return withStores(
      settings,
      async (stores) => {
        const outcome = await Promise.race([read(stores), failed]);
        const isDurable = await stores.close();
        const hasFailed = complainOfFaults(stores, 'Import again when it can be used.') || !isDurable;
        if (flags.json) await writeOut(`${JSON.stringify({ ...outcome, durable: !hasFailed })}\n`);
        return hasFailed ? 1 : 0;
      },
      { creates: true },
    );
  },
});
