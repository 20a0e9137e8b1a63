import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import {
  BatchError,
  budgetSpent,
  expansionFailed,
  mapInvalid,
  reasonOf,
  runCancelled,
  runTimedOut,
  stepTimedOut,
  writeConflict,
  writeUndeclared,
} from '../errors.ts';
import type { RunEvent } from '../events.ts';
import { bottomLevels } from '../graph/analysis.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import type { AttemptRecord, Journal, RunHistory } from '../journal/journal.ts';
import type { Attempt } from '../run/attempt.ts';
import { type Driver, drive } from '../run/drive.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { delayBeforeRetry } from '../run/retry.ts';
import { createSchedule, type StepState } from '../run/schedule.ts';
import { type CompiledWorkflow, fieldsOf } from '../workflow/compile.ts';
import type { Step } from '../workflow/step.ts';
import type { Conflict } from '../workspace/workspace.ts';
import { expressionScope, newNode, newScope, type RunNode } from './nodes.ts';
import { createOwnership, type Ownership } from './ownership.ts';
import type { RunEvents } from './run-events.ts';
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
  | { readonly type: 'retry'; readonly fields?: Readonly<Record<string, unknown>> | undefined }
  | { readonly type: 'fail' };

export interface ExecuteOptions {
  readonly id: string;
  readonly compiled: CompiledWorkflow;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly root: string;
  readonly journal: Journal;
  readonly transaction: Transaction;
  readonly dispatcher: Dispatcher;
  readonly events: RunEvents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly concurrency: number;
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What earlier processes of this run did. */
  readonly history?: RunHistory | undefined;
  /** Steps that somebody has said yes to. */
  readonly approved: ReadonlySet<string>;
  readonly durationOf: (step: Step) => number | undefined;
  readonly onFailure?: ((failure: StepFailure) => Promise<FailureDecision>) | undefined;
}

export interface StepOutcome {
  readonly step: string;
  readonly state: StepState;
  readonly output: unknown;
  readonly error: unknown;
  readonly attempts: number;
  readonly costUsd: number | undefined;
}

export interface RunOutcome {
  readonly run: string;
  readonly state: 'committed' | 'kept' | 'undone' | 'failed' | 'paused';
  /** In the order of the workflow, those of a fan-out after the step that made them. */
  readonly steps: readonly StepOutcome[];
  /** What the last steps came to, by id. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Why it is not committed. */
  readonly error: unknown;
  /** What was not taken back, since somebody else had changed it. */
  readonly conflicts: readonly Conflict[];
  /** Steps that wait for a yes. */
  readonly waiting: readonly string[];
  readonly costUsd: number;
  /** Of outputs and changes in the order of the steps: equal for equal runs. */
  readonly resultHash: string;
}

/** One step alone, for each item of a list. */
const single: Graph = createGraph(1, [], () => '');

const approvalWanted = Symbol('approval');

/** Runs the steps of one run to their end, whatever it is, and leaves its files whole: all changes made, or none. */
export const executeRun = (
  options: ExecuteOptions,
): { readonly outcome: Promise<RunOutcome>; approve(step: string): void } => {
  const { id, compiled, journal, transaction, dispatcher, events, clock, random, history } = options;
  const { workflow } = compiled;
  const { recovery = 'atomic', undeclaredWrites = 'report', maxCostUsd, timeoutMs } = workflow;
  const top = newScope(compiled, options.inputs);
  const nodes: RunNode[] = compiled.steps.map((step, number) =>
    newNode({ number, name: step.id, compiled: step, scope: top, parent: -1 }),
  );
  const nodeAt = (number: number): RunNode => nodes[number] as RunNode;
  const done = new Map<string, AttemptRecord>();
  const triedBefore = new Map<string, number>();
  for (const attempt of history?.attempts ?? []) {
    if (attempt.end === 'succeeded' || attempt.end === 'skipped') done.set(attempt.step, attempt);
    triedBefore.set(attempt.step, Math.max(attempt.attempt, triedBefore.get(attempt.step) ?? 0));
  }
  const approved = new Set(options.approved);
  const asked = new Map<string, number>();
  const ownership: Ownership = createOwnership(nodeAt);
  const startedAtMs = clock.now();
  let costUsd = history?.attempts.reduce((sum, attempt) => sum + (attempt.costUsd ?? 0), 0) ?? 0;
  let failure: unknown;
  let stopped: unknown;
  let journalFailure: unknown;

  const publish = (make: () => RunEvent): void => {
    if (events.isHeard()) events.publish(make());
  };
  const of = (node: RunNode, attempt: number) => ({ run: id, step: node.name, attempt, atMs: clock.now() });
  const record = (attempt: AttemptRecord): void => {
    journal.write([{ type: 'attempt', run: id, attempt }], 'relaxed').catch((error) => {
      journalFailure ??= error;
      stop(error);
    });
  };

  const schedule = createSchedule(compiled.graph, {
    concurrency: options.concurrency,
    limits: options.limits,
    levels: bottomLevels(compiled.graph, (step) => {
      const { step: declared } = nodeAt(step).compiled;
      return declared.durationMs ?? options.durationOf(declared) ?? 1;
    }),
    resourcesOf: (step) => nodeAt(step).compiled.step.resources,
    priorityOf: (step) => nodeAt(step).compiled.step.priority ?? 0,
    onExpansionEnd: (step) => endExpansion(nodeAt(step)),
  });

  const end = (node: RunNode, attempt: number, state: 'succeeded' | 'skipped' | 'failed', isReused: boolean): void => {
    node.endedAtMs = clock.now();
    if (!node.isItem && state !== 'failed') node.scope.outputs.set(node.compiled.id, { output: node.output, state });
    publish(() => ({
      type: 'step-end',
      ...of(node, attempt),
      state,
      durationMs: node.endedAtMs - node.startedAtMs,
      costUsd: node.costUsd,
      isReused,
      ...(node.error !== undefined && { error: node.error }),
    }));
    if (isReused) return;
    record({
      step: node.name,
      attempt,
      end: state,
      startedAtMs: node.startedAtMs,
      endedAtMs: node.endedAtMs,
      ...(state === 'succeeded' && { output: JSON.stringify(node.output ?? null) }),
      ...(node.error !== undefined && { error: reasonOf(node.error) }),
      ...(node.costUsd !== undefined && { costUsd: node.costUsd }),
    });
  };
  const fail = (node: RunNode, attempt: number, error: unknown): void => {
    node.error = error;
    failure ??= error;
    end(node, attempt, 'failed', false);
    if (recovery === 'atomic') stop(error);
  };

  const outputOfExpansion = (children: readonly RunNode[], isList: boolean): unknown =>
    isList
      ? children.map(({ output }) => output)
      : Object.fromEntries(children.map((child) => [child.compiled.id, child.output]));
  const endExpansion = (node: RunNode): void => {
    const { children = [], number, attempts } = node;
    const lost = children.filter(({ number: child }) => !['succeeded', 'skipped'].includes(schedule.stateOf(child)));
    if (lost.length > 0) {
      // Those within have said why.
      if (stopped === undefined) fail(node, attempts, expansionFailed(node.name, lost.length, children.length));
      schedule.fail(number);
      return;
    }
    node.output = outputOfExpansion(children, node.compiled.map !== undefined && !node.isItem);
    end(node, attempts, 'succeeded', false);
    schedule.succeed(number);
  };
  const expand = (node: RunNode, graph: Graph, copies: number, make: (at: number, number: number) => RunNode): void => {
    const first = schedule.size;
    const children = Array.from({ length: graph.size * copies }, (_, at) => make(at, first + at));
    node.children = children;
    nodes.push(...children);
    schedule.expand(node.number, graph, copies);
    publish(() => ({ type: 'step-expand', ...of(node, node.attempts), steps: children.length }));
  };

  const taskOf = (node: RunNode, attempt: number): Task => {
    const { compiled: step, name, item, index, patch } = node;
    const declared = fieldsOf(step.step);
    const filled = step.fields?.fill(expressionScope(node, options.env)) as
      | Readonly<Record<string, unknown>>
      | undefined;
    const fields = { ...declared, ...filled, ...patch };
    const key = fields.idempotencyKey ?? createHash('sha256').update(`${id}\n${name}`).digest('hex').slice(0, 32);
    return {
      run: id,
      step: name,
      attempt,
      kind: step.kind,
      fields,
      idempotencyKey: String(key),
      item,
      index,
      root: options.root,
    };
  };
  const checkWrites = (node: RunNode, attempt: number, changes: readonly Changes[]): void => {
    const touched = changes.flatMap((change) => change.touched);
    const undeclared = ownership.undeclared(node, touched);
    if (undeclared.length > 0 && undeclaredWrites !== 'allow') {
      if (undeclaredWrites === 'refuse') throw writeUndeclared(node.name, undeclared);
      publish(() => ({ type: 'write-undeclared', ...of(node, attempt), paths: undeclared }));
    }
    const conflict = ownership.claim(node, touched);
    if (conflict !== undefined) throw writeConflict(node.name, conflict.other, conflict.path);
  };
  const work = async (node: RunNode, attempt: Attempt): Promise<TaskResult> => {
    const { call } = node.compiled.step as { readonly call?: unknown };
    const task = taskOf(node, attempt.number);
    try {
      const result = await dispatcher.dispatch(task, {
        signal: attempt.signal,
        output: (step) => node.scope.outputs.get(step)?.output,
        onProgress: (text) => publish(() => ({ type: 'step-progress', ...of(node, attempt.number), text })),
        ...(typeof call === 'function' && { call: call as never }),
      });
      const { changes = [] } = result;
      if (changes.length > 0 && !attempt.isOver && !attempt.isAborted) {
        checkWrites(node, attempt.number, changes);
        await transaction.apply(node.name, attempt.number, changes, () => attempt.seal());
      }
      return result;
    } catch (error) {
      if (attempt.isAborted || attempt.isOver || retryDelay(attempt, error) !== undefined) throw error;
      const decision = await options.onFailure?.({ run: id, step: node.name, attempt: attempt.number, error, task });
      if (decision?.type !== 'retry') throw error;
      node.patch = { ...node.patch, ...decision.fields };
      throw retryNow(error);
    }
  };
  const retries = new WeakSet<object>();
  const retryNow = (error: unknown): Error => {
    const again = new Error(reasonOf(error), { cause: error });
    retries.add(again);
    return again;
  };
  const retryDelay = ({ step, number }: Attempt, error: unknown): number | undefined => {
    if (typeof error === 'object' && error !== null && retries.has(error)) return 0;
    const node = nodeAt(step);
    const before = triedBefore.get(node.name) ?? 0;
    return delayBeforeRetry(node.compiled.step, number - before, error, random);
  };

  /** What a step comes to without any work: what is known, what is not wanted, and what is many steps. */
  const begin = (node: RunNode, attempt: Attempt): unknown => {
    const { compiled: step } = node;
    const scope = expressionScope(node, options.env);
    if (!node.isItem && step.when !== undefined && !step.when.evaluate(scope)) return { verdict: 'skipped' };
    if (step.map !== undefined && !node.isItem) {
      const list = 'evaluate' in step.map ? step.map.evaluate(scope) : step.map;
      if (!Array.isArray(list)) throw mapInvalid(node.name, list);
      if (list.length === 0) return { verdict: 'succeeded', output: [] };
      expand(node, single, list.length, (at, number) =>
        newNode({
          number,
          name: `${node.name}[${at}]`,
          compiled: step,
          scope: node.scope,
          parent: node.number,
          item: list[at],
          index: at,
          isItem: true,
        }),
      );
      return { verdict: 'expanded' };
    }
    if (step.kind === 'workflow' && step.inner !== undefined) {
      const { inner } = step;
      const { with: given = {} } = taskOf(node, attempt.number).fields as { readonly with?: Record<string, unknown> };
      const within = newScope(inner, given, node);
      expand(node, inner.graph, 1, (at, number) => {
        const own = inner.steps[at] as (typeof inner.steps)[number];
        return newNode({ number, name: `${node.name}/${own.id}`, compiled: own, scope: within, parent: node.number });
      });
      return { verdict: 'expanded' };
    }
    if (step.kind === 'approval') {
      if (approved.has(node.name)) return { verdict: 'succeeded', output: true };
      asked.set(node.name, node.number);
      const { approve } = taskOf(node, attempt.number).fields as { readonly approve: string };
      publish(() => ({ type: 'approval-want', ...of(node, attempt.number), question: approve }));
      throw approvalWanted;
    }
    if (maxCostUsd !== undefined && step.kind === 'agent' && costUsd >= maxCostUsd)
      throw budgetSpent(node.name, costUsd, maxCostUsd);
    return undefined;
  };
  interface Settled {
    readonly verdict: 'succeeded' | 'skipped' | 'expanded';
    readonly output?: unknown;
    readonly costUsd?: number | undefined;
    readonly isReused?: boolean;
  }
  const attemptStep = (attempt: Attempt): Settled | Promise<Settled> => {
    const node = nodeAt(attempt.step);
    node.attempts = attempt.number;
    node.startedAtMs = clock.now();
    const known = done.get(node.name);
    // Those that were many are so again: their own steps are known.
    const isMany = !node.isItem && node.compiled.map !== undefined;
    if (known?.output !== undefined && !isMany && node.compiled.kind !== 'workflow')
      return { verdict: 'succeeded', output: JSON.parse(known.output), isReused: true };
    const settled = begin(node, attempt) as Settled | undefined;
    publish(() => ({ type: 'step-start', ...of(node, attempt.number) }));
    if (settled !== undefined) return settled;
    record({ step: node.name, attempt: attempt.number, startedAtMs: node.startedAtMs });
    return work(node, attempt).then((result) => ({
      verdict: 'succeeded',
      output: result.output,
      costUsd: result.costUsd,
    }));
  };

  const driver: Driver = drive({
    schedule,
    clock,
    attempt: attemptStep,
    onValue: (attempt, value) => {
      const node = nodeAt(attempt.step);
      const { verdict, output, costUsd: cost, isReused = false } = value as Settled;
      if (verdict === 'expanded') return verdict;
      node.output = output ?? null;
      if (cost !== undefined) {
        node.costUsd = (node.costUsd ?? 0) + cost;
        costUsd += cost;
      }
      end(node, attempt.number, verdict, isReused);
      return verdict;
    },
    onError: (attempt, error, retryAtMs) => {
      const node = nodeAt(attempt.step);
      if (error === approvalWanted) return;
      if (retryAtMs === undefined) {
        fail(node, attempt.number, error);
        return;
      }
      publish(() => ({ type: 'step-retry', ...of(node, attempt.number), error, retryAtMs }));
      const { name: step, startedAtMs: began } = node;
      record({
        step,
        attempt: attempt.number,
        end: 'failed',
        error: reasonOf(error),
        startedAtMs: began,
        endedAtMs: clock.now(),
      });
    },
    // A step that waits for a yes comes back when it is there.
    retryDelay: (attempt, error) => (error === approvalWanted ? Number.POSITIVE_INFINITY : retryDelay(attempt, error)),
    timeoutMsOf: (step) => nodeAt(step).compiled.step.timeoutMs,
    timeoutError: (step, limitMs) => stepTimedOut(nodeAt(step).name, limitMs),
    attemptsBefore: (step) => triedBefore.get(nodeAt(step).name) ?? 0,
  });
  const stop = (reason: unknown): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    driver.stop(reason);
  };

  const outcomeOf = (): { steps: StepOutcome[]; resultHash: string } => {
    const hash = createHash('sha256');
    const steps: StepOutcome[] = [];
    const visit = (node: RunNode): void => {
      const state = schedule.stateOf(node.number);
      const output = JSON.stringify(node.output ?? null);
      hash.update(`${node.name}\n${state}\n${output.length}\n${output}\n`);
      steps.push({
        step: node.name,
        state,
        output: node.output,
        error: node.error,
        attempts: node.attempts,
        costUsd: node.costUsd,
      });
      for (const child of node.children ?? []) visit(child);
    };
    for (const node of nodes.slice(0, compiled.steps.length)) visit(node);
    return { steps, resultHash: hash.digest('hex') };
  };

  const settle = async (): Promise<RunOutcome> => {
    const { steps, resultHash } = outcomeOf();
    const error = stopped ?? failure;
    const waiting = stopped === undefined ? [...asked.keys()].filter((name) => !approved.has(name)) : [];
    let state: RunOutcome['state'] = 'committed';
    let conflicts: readonly Conflict[] = [];
    if (waiting.length > 0) state = 'paused';
    else if (error !== undefined && (recovery === 'atomic' || journalFailure !== undefined)) {
      await journal.write([{ type: 'run-state', run: id, state: 'undoing' }], 'full');
      const undone = await transaction.undo();
      ({ conflicts } = undone);
      await transaction.sync();
      publish(() => ({ type: 'undo-end', run: id, atMs: clock.now(), ...undone }));
      state = undone.steps.length > 0 ? 'undone' : 'failed';
    } else if (error !== undefined) state = 'kept';
    if (state === 'committed' || state === 'kept') await transaction.sync();
    const endedAtMs = clock.now();
    await journal.write(
      [
        {
          type: 'run-state',
          run: id,
          state,
          costUsd,
          ...(state !== 'paused' && { endedAtMs, resultHash }),
          ...(error !== undefined && { error: reasonOf(error) }),
        },
      ],
      'full',
    );
    if (state === 'undone' || state === 'failed') await transaction.forget();
    publish(() => ({ type: 'run-end', run: id, atMs: endedAtMs, state, durationMs: endedAtMs - startedAtMs, costUsd }));
    const outputs = Object.fromEntries(nodes.slice(0, compiled.steps.length).map((node) => [node.name, node.output]));
    return { run: id, state, steps, outputs, error, conflicts, waiting, costUsd, resultHash };
  };

  const outcome = (async (): Promise<RunOutcome> => {
    publish(() => ({
      type: 'run-start',
      run: id,
      atMs: startedAtMs,
      name: workflow.name,
      steps: nodes.length,
      isResumed: history !== undefined,
    }));
    const { signal } = options;
    const onAbort = (): void => stop(runCancelled(signal?.reason));
    const stopTimer = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => stop(runTimedOut(timeoutMs)));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await driver.end;
      return await settle();
    } finally {
      stopTimer?.();
      signal?.removeEventListener('abort', onAbort);
      events.end();
    }
  })();
  return {
    outcome,
    approve(step) {
      const number = asked.get(step);
      if (number === undefined)
        throw new BatchError('BATCH_RUN_STATE', `"${step}" does not wait for a yes.`, { run: id, step });
      approved.add(step);
      schedule.delay(number, clock.now());
      driver.wake();
    },
  };
};
