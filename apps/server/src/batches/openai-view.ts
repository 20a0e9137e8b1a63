import type { JsonObject } from '@hotpath/runtime';
import type { BatchRecord, FileRecord } from './records.ts';

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000));

/** https://platform.openai.com/docs/api-reference/files/object */
export const fileView = ({ id, bytes, createdAt, expiresAt, filename, purpose }: FileRecord): JsonObject => ({
  id,
  object: 'file',
  bytes,
  created_at: seconds(createdAt),
  expires_at: seconds(expiresAt),
  filename,
  purpose,
  status: 'processed',
  status_details: null,
});

/** https://platform.openai.com/docs/api-reference/batch/object */
export const batchView = (batch: BatchRecord): JsonObject => {
  const { status, counts, usage, faults, lines } = batch;
  const endedAs = (name: typeof status): number | null => (status === name ? seconds(batch.endedAt) : null);
  const failed = counts.errored + counts.expired + counts.cancelled;
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: faults.length > 0 ? { object: 'list', data: faults.map((fault) => ({ ...fault })) } : null,
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    created_at: seconds(batch.createdAt),
    in_progress_at: seconds(batch.inProgressAt),
    expires_at: seconds(batch.expiresAt),
    finalizing_at: seconds(batch.finalizingAt),
    completed_at: endedAs('completed'),
    failed_at: endedAs('failed'),
    expired_at: endedAs('expired'),
    cancelling_at: seconds(batch.cancellingAt),
    cancelled_at: endedAs('cancelled'),
    request_counts: { total: lines, completed: counts.succeeded, failed },
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
    metadata: batch.metadata,
  };
};
