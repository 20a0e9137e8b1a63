import { type BatchOptions, createBatch, memoryJournal, type Step, type Workflow } from '../../src/index.ts';
import { functionDispatcher, type Work } from './function-dispatcher.ts';
import { memoryWorkspace } from './memory-workspace.ts';

export const call = (id: string, fields: Partial<Step> & Readonly<Record<string, unknown>> = {}): Step =>
  ({ id, call: id, ...fields }) as Step;
export const workflow = (steps: readonly Step[], fields: Partial<Workflow> = {}): Workflow => ({
  name: 'test',
  steps,
  ...fields,
});

/** A batch whose steps are functions, over texts in memory. */
export const newBatch = (functions: Readonly<Record<string, Work>>, options: Partial<BatchOptions> = {}) => {
  const texts = new Map<string, string>();
  const journal = memoryJournal();
  const batch = createBatch({
    root: '/nowhere',
    dispatcher: functionDispatcher(functions),
    workspaces: [memoryWorkspace(texts)],
    journal,
    ...options,
  });
  return { batch, texts, journal };
};
