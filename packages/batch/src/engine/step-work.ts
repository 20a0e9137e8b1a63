import { createHash } from 'node:crypto';
import { outputUnfit, outputUnknown, writeConflict, writeUndeclared } from '../errors/run.ts';
import { reasonOf } from '../errors.ts';
import { parseTouch, touchesMeet } from '../graph/touch.ts';
import type { Attempt } from '../run/attempt.ts';
import { type Compensation, compensationsName } from '../shell/compensations.ts';
import { fieldsOf } from '../workflow/compile.ts';
import type { StepFunction } from '../workflow/step.ts';
import type { Memo } from './memo.ts';
import { expressionScope, orderOf, type RunNode } from './nodes.ts';
import { isOutputUsed } from './output-use.ts';
import { createOwnership } from './ownership.ts';
import type { Changes, Dispatcher, Task, TaskResult } from './task.ts';
import type { Transaction } from './transaction.ts';

/** What failed, for whoever is to say what becomes of it. */
export interface StepFailure {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly error: unknown;
  /** What the step was to do, templates filled in. */
  readonly task: Task;
}

/** `retry` tries again, with other values for some of its fields; `fail` leaves it to the recovery of the workflow. */
export type FailureDecision =
  | {
      readonly type: 'retry';
      readonly fields?: Readonly<Record<string, unknown>> | undefined;
      /** Hears what came of it. */
      readonly onEnd?: ((isMended: boolean) => void) | undefined;
    }
  | { readonly type: 'fail' };

export type DecideFailure = (failure: StepFailure) => Promise<FailureDecision>;

type StepFieldValues = Readonly<Record<string, unknown>> & {
  readonly otherwise?: readonly Readonly<Record<string, unknown>>[];
  readonly compensate?: string;
};

export interface StepWorkOptions {
  readonly run: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dispatcher: Dispatcher;
  readonly transaction: Transaction;
  readonly memo: Memo | undefined;
  readonly nodeAt: (number: number) => RunNode;
  readonly hasRetry: (attempt: Attempt, error: unknown) => boolean;
  readonly onFailure: DecideFailure | undefined;
  readonly onProgress: (node: RunNode, attempt: number, text: string) => void;
  readonly onUndeclared: (node: RunNode, attempt: number, paths: readonly string[]) => void;
}

/** Does the work of one attempt of a step, and carries out what it wants changed. */
export interface StepWork {
  taskOf(node: RunNode, attempt: number): Task;
  run(node: RunNode, attempt: Attempt): Promise<TaskResult>;
  /** Books what an earlier process of the run has had a step change. Throws where that does not go with what another has. */
  reclaim(node: RunNode, touched: readonly string[]): void;
  /** Whether this failure is to be tried again at once: somebody has said so, or it took too long and there is another way. */
  isAgain(error: unknown, node: RunNode): boolean;
  /** Whether nobody was asked about this failure who could be: what has taken too long may never come back to be decided on. */
  isOpen(error: unknown): boolean;
  /** Asks about it; resolves to whether the step is to be tried again. */
  decide(node: RunNode, error: unknown): Promise<boolean>;
}

const isTimeout = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === 'BATCH_STEP_TIMEOUT';

/** Its output as it comes back from the journal: before anything is carried out, since what cannot be written down is a failure. */
const asJson = (step: string, result: TaskResult): TaskResult => {
  const { output } = result;
  if (output === null || typeof output === 'string' || typeof output === 'boolean') return result;
  try {
    const text = JSON.stringify(output) as string | undefined;
    if (text === undefined && output !== undefined) throw new TypeError(`a ${typeof output} is no value`);
    return { ...result, output: text === undefined ? null : JSON.parse(text) };
  } catch (error) {
    result.release?.();
    throw outputUnfit(step, error);
  }
};

const outputOf = ({ name, scope }: RunNode, id: string): unknown => {
  const known = scope.outputs.get(id);
  if (known !== undefined) return known.output;
  const { steps } = scope.compiled;
  if (!steps.some((step) => step.id === id))
    throw outputUnknown(
      name,
      id,
      steps.map((step) => step.id),
    );
  return undefined;
};

export const createStepWork = (options: StepWorkOptions): StepWork => {
  const { run, root, env, dispatcher, transaction, memo, onFailure } = options;
  const ownership = createOwnership(options.nodeAt);
  const again = new WeakSet<object>();
  /** Who is to hear what comes of a step that was tried again. */
  const waiting = new Map<RunNode, (isMended: boolean) => void>();
  const judge = (node: RunNode, isMended: boolean): void => {
    waiting.get(node)?.(isMended);
    waiting.delete(node);
  };

  /** Fields with their templates filled in. */
  const filledOf = (node: RunNode): StepFieldValues => ({
    ...fieldsOf(node.compiled.step),
    ...(node.compiled.fields?.fill(expressionScope(node, env)) as StepFieldValues | undefined),
  });
  const taskOf = (node: RunNode, attempt: number): Task => {
    const { compiled, name: step, item, index, patch } = node;
    const fields = { ...filledOf(node), ...patch };
    const { otherwise: _, compensate: __, ...own } = fields;
    const { idempotencyKey = createHash('sha256').update(`${run}\n${step}`).digest('hex').slice(0, 32) } = own;
    return {
      run,
      step,
      attempt,
      kind: compiled.kind,
      fields: own,
      idempotencyKey: String(idempotencyKey),
      item,
      index,
      root,
    };
  };

  const claim = (node: RunNode, touched: readonly string[]): void => {
    const conflict = ownership.claim(node, touched);
    if (conflict !== undefined) throw writeConflict(node.name, conflict.other, conflict.path);
    node.touched = touched;
  };
  const checkWrites = (node: RunNode, attempt: number, changes: readonly Changes[]): void => {
    const { undeclaredWrites } = node.scope;
    const touched = changes.flatMap((change) => change.touched);
    const undeclared = undeclaredWrites === 'allow' ? [] : ownership.undeclared(node, touched);
    if (undeclared.length > 0 && undeclaredWrites === 'refuse') throw writeUndeclared(node.name, undeclared);
    if (undeclared.length > 0) options.onUndeclared(node, attempt, undeclared);
    claim(node, touched);
  };

  const flushWhat = async (texts: readonly string[]): Promise<void> => {
    if (texts.length === 0) return;
    await transaction.flush((path) => texts.some((text) => touchesMeet(parseTouch(text), parseTouch(path))));
  };
  /** Has the files say what steps before have made of them, as far as this one looks at them. */
  const reveal = async ({ compiled: { kind, step } }: RunNode, { fields }: Task): Promise<void> => {
    // What a command reads is not known.
    if (kind === 'shell') await transaction.flush();
    else if (kind !== 'json')
      await flushWhat([...(kind === 'file' ? [String(fields.file)] : []), ...(step.reads ?? [])]);
  };

  const carryOut = async (node: RunNode, attempt: Attempt, { changes = [], release }: TaskResult): Promise<void> => {
    try {
      if (changes.length === 0) return;
      // What it wants is not carried out any more: it has not succeeded.
      if (attempt.isOver || attempt.isAborted) throw attempt.reason;
      checkWrites(node, attempt.number, changes);
      // A document in memory is nothing that a change to its file would know of.
      await flushWhat(changes.flatMap(({ workspace, touched }) => (workspace === 'files' ? touched : [])));
      const order = orderOf(node, options.nodeAt);
      let isSealed = false;
      const seal = (): boolean => {
        isSealed = attempt.seal();
        return isSealed;
      };
      await transaction.apply(node.name, attempt.number, changes, seal, order);
      if (!isSealed) throw attempt.reason;
    } finally {
      await release?.();
    }
  };

  const withMemo = async (
    node: RunNode,
    attempt: Attempt,
    task: Task,
    dispatch: () => Promise<TaskResult>,
  ): Promise<TaskResult> => {
    const { reads = [] } = node.compiled.step;
    const { keyOf, recall, write, keep } = memo as Memo;
    // A function may look up what any step before it came to.
    const outputs = task.kind === 'call' ? Object.fromEntries(node.scope.outputs) : undefined;
    const key = await keyOf(task, reads, outputs);
    const known = await recall(key);
    if (known !== undefined) {
      await carryOut(node, attempt, known);
      return { ...known, isRecalled: true };
    }
    const result = asJson(task.step, await dispatch());
    // What it read while somebody changed it is no result of what is there now.
    const text = (await keyOf(task, reads, outputs)) === key ? write(result) : undefined;
    await carryOut(node, attempt, result);
    if (text !== undefined) await keep(key, text);
    return result;
  };

  const tryAgain = (error: unknown): unknown => {
    const { costUsd } = (error ?? {}) as { readonly costUsd?: unknown };
    const wrapped = Object.assign(new Error(reasonOf(error), { cause: error }), { costUsd });
    again.add(wrapped);
    return wrapped;
  };
  /** Takes the next of its other ways, if there is one. */
  const reroute = (node: RunNode): boolean => {
    const { otherwise = [] } = filledOf(node);
    const next = otherwise[node.rerouted];
    if (next === undefined) return false;
    node.rerouted += 1;
    node.patch = next;
    return true;
  };
  /** Writes down how to take back what the step is about to do outside, once. */
  const promise = async (node: RunNode, attempt: Attempt, { idempotencyKey }: Task): Promise<void> => {
    const { compensate: line } = filledOf(node);
    if (line === undefined || transaction.has(node.name, compensationsName)) return;
    const changes = [{ step: node.name, line, idempotencyKey } satisfies Compensation];
    const promised: Changes = { workspace: compensationsName, changes, touched: [] };
    await transaction.apply(node.name, attempt.number, [promised], () => !attempt.isAborted && !attempt.isOver);
  };

  /** Asks whoever decides whether the step is to be tried again. */
  const consult = async (node: RunNode, attempt: number, error: unknown, task: Task): Promise<boolean> => {
    const decision = await onFailure?.({ run, step: node.name, attempt, error, task });
    if (decision?.type !== 'retry') {
      // What it may have done outside is taken back with all else, or at once where the rest is to stand.
      await transaction.undo((effect) => effect.step === node.name);
      return false;
    }
    node.patch = { ...node.patch, ...decision.fields };
    if (decision.onEnd !== undefined) waiting.set(node, decision.onEnd);
    return true;
  };
  /** What becomes of a failure: the step is tried again by way of an error that says so. */
  const decide = async (node: RunNode, attempt: Attempt, task: Task, error: unknown): Promise<unknown> => {
    if (attempt.isAborted || attempt.isOver || options.hasRetry(attempt, error)) return error;
    judge(node, false);
    if (reroute(node)) return tryAgain(error);
    return (await consult(node, attempt.number, error, task)) ? tryAgain(error) : error;
  };

  return {
    taskOf,
    reclaim: claim,
    async run(node, attempt) {
      const { call } = node.compiled.step as { readonly call?: unknown };
      const task = taskOf(node, attempt.number);
      const dispatch = (): Promise<TaskResult> =>
        dispatcher.dispatch(task, {
          signal: attempt.signal,
          output: (id) => outputOf(node, id),
          call: typeof call === 'function' ? (call as StepFunction) : undefined,
          reveal: (path) => flushWhat([path]),
          // What is remembered may be used by another run.
          isOutputUsed: node.compiled.step.memo === true || isOutputUsed(node, options.nodeAt),
          onProgress: (text) => options.onProgress(node, attempt.number, text),
        });
      try {
        await promise(node, attempt, task);
        await reveal(node, task);
        // A function without a name has no content to know it by.
        const isMemo = node.compiled.step.memo === true && memo !== undefined && typeof call !== 'function';
        const result = isMemo ? await withMemo(node, attempt, task, dispatch) : asJson(task.step, await dispatch());
        if (!isMemo) await carryOut(node, attempt, result);
        judge(node, true);
        return result;
      } catch (error) {
        throw await decide(node, attempt, task, error);
      }
    },
    isAgain: (error, node) =>
      typeof error === 'object' && error !== null && (again.has(error) || (isTimeout(error) && reroute(node))),
    isOpen: (error) => onFailure !== undefined && isTimeout(error),
    decide(node, error) {
      judge(node, false);
      return consult(node, node.attempts, error, taskOf(node, node.attempts));
    },
  };
};
