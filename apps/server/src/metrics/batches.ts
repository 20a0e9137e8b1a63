import { type Exposition, labelsOf } from '@hotpath/runtime/metrics';
import type { BatchStatus } from '../batches/records.ts';

/** How many batches are in each state of those that have not ended. */
export type RunningBatches = ReadonlyMap<BatchStatus, number>;

const states: readonly BatchStatus[] = ['validating', 'in_progress', 'finalizing', 'cancelling'];

/** Those of all processes that share the folder. */
export const writeBatches = (exposition: Exposition, running: RunningBatches): void =>
  exposition.gauge(
    'hotpath_batches',
    'Batches that have not ended.',
    states.map((state) => [labelsOf({ state }), running.get(state) ?? 0] as const),
  );
