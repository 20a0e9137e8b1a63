import type { Changes, Dispatcher, Task, TaskOptions, TaskResult } from '../engine/task.ts';
import { kindUnknown } from '../errors/definition.ts';
import { functionUnknown } from '../errors/tasks.ts';
import type { FileChange } from '../files/file-change.ts';
import type { Documents } from '../json/json-workspace.ts';
import { createStepDocuments } from '../json/step-documents.ts';
import type { AgentStep, FileStep, StepContext, StepFunction } from '../workflow/step.ts';
import { type AgentRequest, type Agents, askAgent, findAgent } from './agent-step.ts';
import { fileChanges } from './file-step.ts';
import { createStepFiles } from './step-files.ts';
import { touchedBy } from './touched.ts';

/** Does the work of one kind of step. */
export type Executor = (task: Task, options: TaskOptions) => Promise<TaskResult>;

export interface LocalDispatcherOptions {
  /** Functions that steps call by name. */
  readonly functions?: Readonly<Record<string, StepFunction>> | undefined;
  readonly agents?: Agents | undefined;
  /** Runs command lines: `shellExecutor`. @default steps of kind shell fail */
  readonly shell?: Executor | undefined;
  /** Changes JSON files: `jsonExecutor`. @default steps of kind json fail */
  readonly json?: Executor | undefined;
  /** What functions find under `json`: `jsonWorkspace`. @default nothing */
  readonly documents?: Documents | undefined;
}

const inFiles = (changes: readonly FileChange[]): readonly Changes[] =>
  changes.length === 0 ? [] : [{ workspace: 'files', changes, touched: touchedBy(changes) }];

const requestOf = ({ attempt, idempotencyKey, fields }: Task): AgentRequest => {
  const { agent, task, model, system, temperature, maxTokens, schema } = fields as unknown as AgentStep;
  return { agent, task, model, system, temperature, maxTokens, schema, idempotencyKey, attempt };
};

/** Does the work of steps in this process. */
export const localDispatcher = ({
  functions = {},
  agents,
  shell,
  json,
  documents,
}: LocalDispatcherOptions): Dispatcher => {
  const call: Executor = async (task, { call: own, signal, output, reveal }) => {
    const { call: name, with: given = {} } = task.fields as {
      readonly call?: unknown;
      readonly with?: StepContext['with'];
    };
    const named = typeof name === 'string' && Object.hasOwn(functions, name) ? functions[name] : undefined;
    const work = own ?? named;
    if (work === undefined) throw functionUnknown(task.step, String(name), Object.keys(functions));
    const { files, changes } = createStepFiles(task.step, task.root, reveal);
    const inDocuments = createStepDocuments(task.step, task.run, documents);
    const { run, step, attempt, idempotencyKey, item, index, root } = task;
    const value = await work({
      run,
      step,
      attempt,
      idempotencyKey,
      with: given,
      item,
      index,
      root,
      signal,
      output,
      files,
      json: inDocuments.json,
    });
    return { output: value, changes: [...inDocuments.changes(), ...inFiles(changes)] };
  };
  const file: Executor = async ({ step, root, fields }) => ({
    changes: inFiles(await fileChanges(step, root, fields as unknown as FileStep)),
  });
  const agent: Executor = (task, options) => askAgent(task.step, requestOf(task), agents, options);
  const executors: Readonly<Record<string, Executor | undefined>> = { call, file, agent, shell, json };
  return {
    async dispatch(task, options) {
      const executor = executors[task.kind];
      if (executor === undefined) throw kindUnknown(task.step, task.kind);
      return executor(task, options);
    },
    estimateCostUsd(task) {
      const request = requestOf(task);
      return findAgent(agents, request.agent)?.estimateCostUsd?.(request);
    },
  };
};
