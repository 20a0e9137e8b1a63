import { fileURLToPath } from 'node:url';
import { loadWorkflow, type RunOutcome, type UndoReport } from '@hotpath/batch';
import { type OpenOptions, openBatch } from '../batch-engine/index.ts';

export const file: string = fileURLToPath(new URL('./workflow.yaml', import.meta.url));

export interface Renaming {
  readonly from: string;
  readonly to: string;
  /** The command that must pass. @default 'npm test' */
  readonly check?: string;
}

/** Renames in all files of the root, or in none. */
export const rename = async (options: OpenOptions, renaming: Renaming): Promise<RunOutcome> => {
  await using batch = openBatch(options);
  const { workflow } = await loadWorkflow(file);
  return await batch.run(workflow, { inputs: { ...renaming } }).outcome;
};

/** Takes a renaming back: all of it or, where a file was changed since, nothing. */
export const undo = async (options: OpenOptions, run: string): Promise<UndoReport> => {
  await using batch = openBatch(options);
  return await batch.undo(run);
};
