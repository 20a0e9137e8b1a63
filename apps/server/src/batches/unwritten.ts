import type { Journal, LineResult } from './journal.ts';

/** Results that could not be written, of all batches: in memory until they can be, so that nobody pays for them twice. */
export interface Unwritten {
  /** Beyond the bound a result is dropped, and its line asked again. */
  keep(batchId: string, result: LineResult): void;
  /** Puts what there is of a batch into its journal. Rejects, and keeps all, where that still fails. */
  write(batchId: string, journal: Journal): Promise<void>;
  forget(batchId: string): void;
}

export const createUnwritten = (mostBytes: number): Unwritten => {
  const kept = new Map<string, LineResult[]>();
  let bytes = 0;

  const forget = (batchId: string): void => {
    for (const { record } of kept.get(batchId) ?? []) bytes -= record.byteLength;
    kept.delete(batchId);
  };

  return {
    keep(batchId, result) {
      if (bytes + result.record.byteLength > mostBytes) return;
      bytes += result.record.byteLength;
      const results = kept.get(batchId);
      if (results) results.push(result);
      else kept.set(batchId, [result]);
    },
    async write(batchId, journal) {
      await Promise.all((kept.get(batchId) ?? []).map((result) => journal.append(result)));
      forget(batchId);
    },
    forget,
  };
};
