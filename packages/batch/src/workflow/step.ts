import type { RetryPolicy } from '../run/retry.ts';

/** What every step may have. All of it is flat: models and people write flat objects right. */
export interface StepFields extends RetryPolicy {
  /** Letters, digits, `-`, `_` and `.`. */
  readonly id: string;
  /** Ids of the steps that come before, and that must succeed. Steps that a template names are added. */
  readonly dependencies?: readonly string[] | undefined;
  /**
   * What it reads: paths and globs (`src/**`), places in JSON files (`package.json#/version`), and things with a name of their own
   * (`name:database`). What is written by a step before is waited for.
   */
  readonly reads?: readonly string[] | undefined;
  /** What it writes, in the same words. */
  readonly writes?: readonly string[] | undefined;
  /** What it takes while it runs, as `gpu` or `memory:4`. */
  readonly resources?: readonly string[] | undefined;
  /** Steps of higher priority start first. @default 0 */
  readonly priority?: number | undefined;
  /** What it is expected to take, milliseconds. @default what it took before */
  readonly durationMs?: number | undefined;
  /** How long one attempt may take, or all of the workflow that runs in its place; with `map`, for each item. @default unlimited */
  readonly timeoutMs?: number | undefined;
  /** Given to what the step calls, so that a repeated attempt counts once. May hold templates. @default run and step */
  readonly idempotencyKey?: string | undefined;
  /** An expression: where it is false, the step is skipped. Beside `map`, one that names `item` or `index` is asked for each item. */
  readonly when?: string | undefined;
  /** A list, or an expression for one: the step runs once for each `item`, with its `index`. */
  readonly map?: string | readonly unknown[] | undefined;
  /** Whether what it did before may stand for what it would do now, while command, inputs and what it reads are the same. @default false */
  readonly memo?: boolean | undefined;
  /** A shell command that takes back what the step did outside of the workspace. May hold templates. */
  readonly compensate?: string | undefined;
  /** Other values for some of its fields, as another `model`, `agent` or `run`, to be tried one after another when it has failed for good. */
  readonly otherwise?: readonly Readonly<Record<string, unknown>>[] | undefined;
}

type Without<Names extends keyof StepFields> = Omit<StepFields, Names> & { readonly [Name in Names]?: undefined };
/** Fields of steps that do work themselves. */
type WorkFields = keyof RetryPolicy | 'resources' | 'idempotencyKey' | 'memo' | 'compensate' | 'otherwise';

/** How an agent answers. */
export interface AgentSettings {
  /** @default the one that there is */
  readonly model?: string | undefined;
  /** What it is told before its task: who it is, and how it works. May hold templates. */
  readonly system?: string | undefined;
  /** From 0 to 2. @default that of the model */
  readonly temperature?: number | undefined;
  /** Longest answer. @default that of the model */
  readonly maxTokens?: number | undefined;
}

/** Asks an agent, by any function that was handed in. Its own settings stand over those that the workflow has for the agent. */
export interface AgentStep extends StepFields, AgentSettings {
  readonly agent: string;
  readonly task: string;
  /** JSON Schema that the answer must fit; the output is then the value. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A command line for the shell. Values of expressions are words of it, quoted where they must be, and never commands, unless they say
 * `raw(…)`. Output: what it wrote to stdout, without the last line break.
 */
export interface ShellStep extends StepFields {
  readonly run: string;
  /** Below the root. @default the root */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
  /** What to make of stdout. @default 'text' */
  readonly output?: 'text' | 'json' | 'lines' | undefined;
}

/** One change to one path. Exactly one of the fields after `file` says which; `find` goes with `replace`. */
export interface FileStep extends StepFields {
  readonly file: string;
  readonly content?: string | undefined;
  readonly append?: string | undefined;
  /** Text that must be there once, unless `all`. */
  readonly find?: string | undefined;
  readonly replace?: string | undefined;
  readonly all?: boolean | undefined;
  readonly rename?: string | undefined;
  readonly delete?: boolean | undefined;
  /** Target of a symbolic link. */
  readonly link?: string | undefined;
  readonly folder?: boolean | undefined;
  /** Octal, as `755`; alone, or with what creates the file. */
  readonly mode?: string | undefined;
}

/**
 * Changes values by JSON Pointers (RFC 6901) in a JSON file, with comments or without, or in a document that only the journal keeps
 * (`name:state`). `remove` comes first, then `set`, then `merge`. The text of the file stays as it is but for what is changed.
 */
export interface JsonStep extends StepFields {
  readonly json: string;
  /** Values by place. Parents that are not there are made, `-` is the end of a list, and '' is all of the file, which may be new. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Places that must be there, one after the other. */
  readonly remove?: readonly string[] | undefined;
  /** A merge patch (RFC 7396). */
  readonly merge?: unknown;
}

export interface CallStep extends StepFields {
  /** The name of a function that was handed in, or in TypeScript the function. */
  readonly call: string | StepFunction;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

/** Runs another workflow in its place, whose steps have each their own resources, attempts and other ways. */
export interface WorkflowStep extends Without<WorkFields> {
  /** A file, or the workflow itself. */
  readonly workflow: string | Workflow;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

/** Waits until somebody says yes, as long as that takes: a run with nothing else to do is paused. */
export interface ApprovalStep extends Without<WorkFields | 'timeoutMs'> {
  readonly approve: string;
}

export type Step = AgentStep | ShellStep | FileStep | JsonStep | CallStep | WorkflowStep | ApprovalStep;
export type StepKind = 'agent' | 'shell' | 'file' | 'json' | 'call' | 'workflow' | 'approval';

/** A value that a workflow is given. */
export interface InputField {
  readonly type?: 'string' | 'number' | 'boolean' | 'list' | 'object' | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly required?: boolean | undefined;
}

export interface Workflow {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputs?: Readonly<Record<string, InputField>> | undefined;
  /** Settings of its agents, by name; workflows within have them too. */
  readonly agents?: Readonly<Record<string, AgentSettings>> | undefined;
  readonly steps: readonly Step[];
  /** What becomes of successful steps when one fails. @default 'atomic' */
  readonly recovery?: 'atomic' | 'keep-successful' | 'ask' | undefined;
  /** What becomes of writes that no step declared. @default 'report' */
  readonly undeclaredWrites?: 'allow' | 'report' | 'refuse' | undefined;
  /** How many steps run at once. @default 4 */
  readonly concurrency?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** What the model steps may cost in all, US dollars. @default unlimited */
  readonly maxCostUsd?: number | undefined;
}

/** What a function of a step is told. */
export interface StepContext {
  readonly run: string;
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** The step's `with`, its templates filled in. */
  readonly with: Readonly<Record<string, unknown>>;
  readonly item: unknown;
  readonly index: number | undefined;
  readonly root: string;
  readonly signal: AbortSignal;
  /**
   * What a step before this one returned: null where it was skipped, and undefined where it has not ended, since this one does not
   * depend on it. Throws `BATCH_STEP_UNKNOWN`.
   */
  output(id: string): unknown;
  /** Files as this step sees and changes them. Nothing reaches the tree before the step has succeeded. */
  readonly files: StepFiles;
  /** A JSON document by its path, or by `name:` and a name, as this step sees and changes it. */
  json(path: string): StepDocument;
}

export interface StepDocument {
  /** A copy of the value at a JSON Pointer. @default all of it */
  read<Value = unknown>(pointer?: string): Promise<Value>;
  /** Changes it by a draft that is changed in place, at once: not in an asynchronous function. Nothing reaches the file before the step has succeeded. */
  edit<Value = Record<string, unknown>>(change: (draft: Value) => void): Promise<void>;
}

export interface StepFiles {
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  write(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): void;
  remove(path: string): void;
  rename(path: string, to: string): void;
}

export type StepFunction = (step: StepContext) => unknown;

/** Says what a workflow is, for editors and the compiler; returns it as it is. */
export const defineWorkflow = (workflow: Workflow): Workflow => workflow;
