import { fileURLToPath } from 'node:url';
import { loadWorkflow, type RunOutcome } from '@hotpath/batch';
import { type OpenOptions, openBatch } from '../batch-engine/index.ts';

export const file: string = fileURLToPath(new URL('./workflow.yaml', import.meta.url));

export interface Release {
  readonly version: string;
  /** A tag or commit. @default the beginning */
  readonly since?: string;
  /** The command that must pass. @default 'npm test' */
  readonly check?: string;
}

/** Writes `CHANGES.md` and the version of `package.json`: both, or neither. */
export const release = async (options: OpenOptions, inputs: Release): Promise<RunOutcome> => {
  await using batch = openBatch(options);
  const { workflow } = await loadWorkflow(file);
  return await batch.run(workflow, { inputs: { ...inputs } }).outcome;
};
