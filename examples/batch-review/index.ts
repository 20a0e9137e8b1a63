import { fileURLToPath } from 'node:url';
import { loadWorkflow, type RunOutcome } from '@hotpath/batch';
import { type OpenOptions, openBatch } from '../batch-engine/index.ts';

export const file: string = fileURLToPath(new URL('./workflow.yaml', import.meta.url));

/** Reviews a folder of the root and writes `REVIEW.md`. */
export const review = async (options: OpenOptions, folder = 'src'): Promise<RunOutcome> => {
  await using batch = openBatch(options);
  const { workflow } = await loadWorkflow(file);
  return await batch.run(workflow, { inputs: { folder } }).outcome;
};
