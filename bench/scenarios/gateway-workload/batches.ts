import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@hotpath/ai-router';
import { type VirtualClock, virtualNow } from '../../harness/virtual-clock.ts';

/** How long a batch takes at the provider, by the virtual clock: "most finish within an hour" is what Anthropic promises. */
const batchMs = 600_000;
/** So many of its requests are worked through at the same time: none of them reads what another is only writing. */
const atOnce = 8;

interface BatchItem {
  readonly custom_id: string;
  readonly params: JsonObject;
}

interface Batch {
  readonly id: string;
  readonly createdAt: number;
  readonly total: number;
  readonly results: string[];
}

/** Anthropic's Message Batches, as far as a client needs them that submits, looks after and collects. */
export interface Batches {
  /** Takes a batch; its requests are worked through some at a time, in their order. */
  create(organisation: string, items: readonly BatchItem[]): object;
  /** The answer to a GET below `/v1/messages/batches`, JSON or lines of JSON; undefined where there is no such batch. */
  get(organisation: string, path: string): string | undefined;
}

/** `answer` bills one request and returns its message as JSON. */
export const createBatches = (
  clock: VirtualClock,
  answer: (organisation: string, body: JsonObject) => string,
): Batches => {
  const batches = new Map<string, Map<string, Batch>>();
  const ownOf = (organisation: string): Map<string, Batch> => {
    const own = batches.get(organisation) ?? new Map<string, Batch>();
    batches.set(organisation, own);
    return own;
  };
  const time = (at: number): string => new Date(at).toISOString();
  const viewOf = ({ id, createdAt, total, results }: Batch): object => ({
    id,
    type: 'message_batch',
    processing_status: results.length < total ? 'in_progress' : 'ended',
    request_counts: {
      processing: total - results.length,
      succeeded: results.length,
      errored: 0,
      canceled: 0,
      expired: 0,
    },
    created_at: time(createdAt),
    expires_at: time(createdAt + 86_400_000),
    ended_at: results.length < total ? null : time(virtualNow(clock)),
    archived_at: null,
    cancel_initiated_at: null,
    results_url: results.length < total ? null : `/v1/messages/batches/${id}/results`,
  });

  const work = async (organisation: string, batch: Batch, items: readonly BatchItem[]): Promise<void> => {
    const waves = Math.ceil(items.length / atOnce);
    for (let wave = 0; wave < waves; wave++) {
      await delay(batchMs / waves / clock.speed);
      for (const { custom_id, params } of items.slice(wave * atOnce, (wave + 1) * atOnce)) {
        const message = answer(organisation, params);
        batch.results.push(
          `{"custom_id":${JSON.stringify(custom_id)},"result":{"type":"succeeded","message":${message}}}`,
        );
      }
    }
  };

  return {
    create(organisation, items) {
      const own = ownOf(organisation);
      const id = `msgbatch_${String(own.size + 1).padStart(12, '0')}`;
      const batch: Batch = { id, createdAt: virtualNow(clock), total: items.length, results: [] };
      own.set(id, batch);
      void work(organisation, batch, items);
      return viewOf(batch);
    },
    get(organisation, path) {
      const own = ownOf(organisation);
      const [, id, part] = /^\/v1\/messages\/batches(?:\/([^/?]+))?(\/results)?(?:\?|$)/.exec(path) ?? [];
      if (id === undefined) return JSON.stringify({ data: [...own.values()].reverse().map(viewOf), has_more: false });
      const batch = own.get(id);
      if (!batch) return undefined;
      return part === undefined ? JSON.stringify(viewOf(batch)) : batch.results.join('\n');
    },
  };
};
