import type { DialectName } from './records.ts';

const dayMs = 86_400_000;

/** What files and batches may take. */
export interface BatchLimits {
  /** Of one uploaded file, and of the body of a message batch, bytes. @default 209,715,200 */
  readonly maxFileBytes?: number;
  /** Files of one owner. @default 1,000 */
  readonly maxFiles?: number;
  /** Bytes of all files of one owner, results too; results are stored in any case. @default 10,737,418,240 */
  readonly maxStoredBytes?: number;
  /** Unfinished batches of one owner. @default 100 */
  readonly maxBatches?: number;
  /** Requests of one batch that are asked at the same time. @default 8 */
  readonly concurrency?: number;
  /**
   * Requests in memory, those that wait in the economy lane among them, as bytes in their files; each takes a few times as
   * much while it is there. @default 67,108,864
   */
  readonly bytesInMemory?: number;
  /** How long files, results and ended batches are kept, milliseconds. @default 2,592,000,000 (30 days) */
  readonly keepMs?: number;
}

export interface Limits extends Required<BatchLimits> {
  readonly maxLines: Readonly<Record<DialectName, number>>;
  readonly maxLineBytes: number;
  readonly windowMs: number;
  /** Requests that are asked at the same time, of all batches. */
  readonly totalConcurrency: number;
  /** Requests in memory, however small they are. */
  readonly linesInMemory: number;
}

/** Explicit `undefined` means default. */
export const withDefaults = (limits: BatchLimits): Limits => ({
  maxFileBytes: limits.maxFileBytes ?? 209_715_200,
  maxFiles: limits.maxFiles ?? 1000,
  maxStoredBytes: limits.maxStoredBytes ?? 10_737_418_240,
  maxBatches: limits.maxBatches ?? 100,
  concurrency: limits.concurrency ?? 8,
  keepMs: limits.keepMs ?? 30 * dayMs,
  maxLines: { openai: 50_000, anthropic: 100_000 },
  maxLineBytes: 33_554_432,
  windowMs: dayMs,
  totalConcurrency: Math.max(64, limits.concurrency ?? 8),
  linesInMemory: 10_000,
  bytesInMemory: limits.bytesInMemory ?? 67_108_864,
});
