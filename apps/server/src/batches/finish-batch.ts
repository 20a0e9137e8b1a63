import type { OpenBatch } from './answer-lines.ts';
import { makeId } from './ids.ts';
import type { Place } from './place.ts';
import type { BatchRecord, FileRecord } from './records.ts';
import type { BatchStore } from './store.ts';
import { writeOutput } from './write-output.ts';

export interface FinishOptions {
  readonly store: BatchStore;
  readonly place: Place;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Puts the results of a batch together, each line of which has one, and ends it. After a crash it is done again: files of an
 * attempt that was cut off belong to nobody, and are removed as such.
 */
export const finishBatch = async (
  { batch, journal, index }: Pick<OpenBatch, 'batch' | 'journal' | 'index'>,
  { store, place, now }: FinishOptions,
): Promise<void> => {
  const { id, owner, keepMs } = batch;
  store.change(id, (its) =>
    its.status === 'finalizing' ? undefined : { ...its, status: 'finalizing', finalizingAt: now() },
  );
  const [outputId, errorId] = [makeId('file-'), makeId('file-')];
  const isOpenai = batch.dialect === 'openai';
  const outputPath = isOpenai ? place.file(outputId) : place.results(id);
  const errorPath = isOpenai ? place.file(errorId) : outputPath;
  const sizes = await writeOutput(journal, index.count, (kind) => (kind === 'succeeded' ? outputPath : errorPath));

  const fileOf = (fileId: string, name: string): FileRecord | undefined => {
    const bytes = isOpenai ? sizes.get(place.file(fileId)) : undefined;
    if (bytes === undefined) return undefined;
    const at = now();
    const filename = `${id}_${name}.jsonl`;
    return { id: fileId, owner, filename, purpose: 'batch_output', bytes, createdAt: at, expiresAt: at + keepMs };
  };
  const output = fileOf(outputId, 'output');
  const error = fileOf(errorId, 'error');
  const { counts, usage } = journal;
  const end = (its: BatchRecord): BatchRecord => ({
    ...its,
    status: counts.expired > 0 ? 'expired' : its.cancellingAt !== null ? 'cancelled' : 'completed',
    counts,
    usage,
    outputFileId: output?.id ?? null,
    errorFileId: error?.id ?? null,
    endedAt: now(),
  });
  store.change(id, end, { files: [output, error].filter((file) => file !== undefined) });
};
