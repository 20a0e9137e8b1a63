import type { RunOutcome } from '@hotpath/batch';
import { type OpenOptions, openBatch } from '../batch-engine/index.ts';
import workflow, { functions } from './workflow.ts';

export interface Enriching {
  readonly from: string;
  readonly to: string;
  readonly signal?: AbortSignal;
}

/** Goes on with the run that was stopped or killed last, if there is one; else begins. */
export const enrich = async (
  options: OpenOptions,
  { signal, ...inputs }: Enriching,
  concurrency?: number,
): Promise<RunOutcome> => {
  await using batch = openBatch({ ...options, functions });
  const stopped = batch
    .history({ name: workflow.name, states: ['running', 'kept'] })
    .find((run) => run.inputs === JSON.stringify(inputs));
  const run =
    stopped === undefined
      ? batch.run(workflow, { inputs, signal, concurrency })
      : batch.resume(stopped.id, { signal, concurrency });
  return await run.outcome;
};
