import { fileURLToPath } from 'node:url';
import { loadWorkflow, type RunOutcome } from '@hotpath/batch';
import { type OpenOptions, openBatch } from '../batch-engine/index.ts';

export const file: string = fileURLToPath(new URL('./workflow.yaml', import.meta.url));

/** Writes `report.json` with what the sources say that work. */
export const report = async (
  options: OpenOptions,
  inputs: Readonly<Record<string, string | number>>,
): Promise<RunOutcome> => {
  await using batch = openBatch(options);
  const { workflow } = await loadWorkflow(file);
  return await batch.run(workflow, { inputs }).outcome;
};

/** Asks again those that failed, and leaves the others as they are. */
export const complete = async (options: OpenOptions, run: string): Promise<RunOutcome> => {
  await using batch = openBatch(options);
  return await batch.resume(run).outcome;
};
