import { type BatchRecord, hasEnded, noCounts } from './records.ts';

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** https://platform.claude.com/docs/en/api/messages/batches/retrieve */
export const messageBatchView = (batch: BatchRecord) => {
  const isOver = hasEnded(batch);
  // As Anthropic: until all are, none of them counts.
  const counts = isOver ? batch.counts : noCounts;
  const told = counts.succeeded + counts.errored + counts.cancelled + counts.expired;
  const hasResults = isOver && batch.status !== 'failed';
  return {
    id: batch.id,
    type: 'message_batch',
    processing_status: isOver ? 'ended' : batch.cancellingAt === null ? 'in_progress' : 'canceling',
    request_counts: {
      processing: isOver ? 0 : batch.lines - told,
      succeeded: counts.succeeded,
      errored: counts.errored,
      canceled: counts.cancelled,
      expired: counts.expired,
    },
    created_at: iso(batch.createdAt),
    expires_at: iso(batch.expiresAt),
    ended_at: iso(batch.endedAt),
    cancel_initiated_at: iso(batch.cancellingAt),
    archived_at: batch.status === 'failed' ? iso(batch.endedAt) : null,
    // Without a host: SDKs add theirs, and send their key there. What a proxy calls this server is not what its clients do.
    results_url: hasResults ? `/v1/messages/batches/${batch.id}/results` : null,
  };
};
