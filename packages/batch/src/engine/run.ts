import type { Clock } from '../clock.ts';
import { mapInvalid } from '../errors/definition.ts';
import { budgetSpent, expansionFailed, runCancelled, runTimedOut, stepFailed, stepTimedOut } from '../errors/run.ts';
import { BatchError, reasonOf } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import { bottomLevels } from '../graph/analysis.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import type { AttemptRecord, Journal, RunHistory } from '../journal/journal.ts';
import type { Attempt } from '../run/attempt.ts';
import { type Driver, drive } from '../run/drive.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { delayBeforeRetry } from '../run/retry.ts';
import { createSchedule } from '../run/schedule.ts';
import type { CompiledWorkflow } from '../workflow/compile.ts';
import type { Step } from '../workflow/step.ts';
import type { Conflict } from '../workspace/workspace.ts';
import { median } from './median.ts';
import type { Memo } from './memo.ts';
import { expressionScope, newNode, newScope, type RunNode } from './nodes.ts';
import { type RunOutcome, type StepOutcome, stepsOutcome } from './outcome.ts';
import type { RunEvents } from './run-events.ts';
import { createStepWork, type DecideFailure } from './step-work.ts';
import type { Dispatcher } from './task.ts';
import { flushStep, forget, type Transaction } from './transaction.ts';

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
  readonly memo?: Memo | undefined;
  readonly durationOf: (step: Step) => number | undefined;
  readonly onFailure?: DecideFailure | undefined;
  readonly onFailedRun?: DecideFailedRun | undefined;
}

/** Says, where the workflow's `recovery` is `ask`, whether the steps that have succeeded stand, or all is taken back. */
export type DecideFailedRun = (failed: readonly StepOutcome[]) => Promise<'keep' | 'undo'>;

export interface Execution {
  readonly outcome: Promise<RunOutcome>;
  approve(step: string): void;
}

/** What a step came to, before it is known to all. */
interface Settled {
  readonly verdict: 'succeeded' | 'skipped' | 'expanded';
  readonly output?: unknown;
  readonly costUsd?: number | undefined;
  /** An earlier process of this run had done it: it is in the journal. */
  readonly isReused?: boolean | undefined;
  /** Another run had done the same. */
  readonly isRecalled?: boolean | undefined;
}

/** One step alone, for each item of a list. */
const single: Graph = createGraph(1, [], () => '');
/** Thrown by a step that waits for a yes. */
const approvalWanted = Symbol('approval wanted');
const expanded: Settled = { verdict: 'expanded' };

/** Runs the steps of one run to their end, whatever it is, and leaves its files whole: all changes made, or none. */
export const executeRun = (options: ExecuteOptions): Execution => {
  const { id, compiled, journal, transaction, events, clock, random, history, env } = options;
  const { workflow } = compiled;
  const { recovery = 'atomic', undeclaredWrites = 'report', maxCostUsd, timeoutMs } = workflow;
  const top = newScope(compiled, options.inputs);
  const nodes: RunNode[] = compiled.steps.map((step, number) =>
    newNode({ number, name: step.id, compiled: step, scope: top, parent: -1 }),
  );
  const nodeAt = (number: number): RunNode => nodes[number] as RunNode;
  /** By name of the step: what earlier processes finished, and how often they tried. */
  const finished = new Map<string, AttemptRecord>();
  const tried = new Map<string, number>();
  for (const attempt of history?.attempts ?? []) {
    if (attempt.end === 'succeeded') finished.set(attempt.step, attempt);
    tried.set(attempt.step, Math.max(attempt.attempt, tried.get(attempt.step) ?? 0));
  }
  const approved = new Set(options.approved);
  const asked = new Map<string, number>();
  const startedAtMs = clock.now();
  let costUsd = history?.attempts.reduce((sum, attempt) => sum + (attempt.costUsd ?? 0), 0) ?? 0;
  let failure: unknown;
  let stopped: unknown;
  let journalFailure: unknown;

  const publish = (make: () => RunEvent): void => {
    if (events.isHeard()) events.publish(make());
  };
  const of = (node: RunNode, attempt: number) => ({ run: id, step: node.name, attempt, atMs: clock.now() });
  // Not waited for: whatever rests on it is written after it.
  const record = (attempt: AttemptRecord): void => {
    journal.write([{ type: 'attempt', run: id, attempt }], 'relaxed').catch((error) => {
      journalFailure ??= error;
      stop(error);
    });
  };
  const end = (
    node: RunNode,
    state: 'succeeded' | 'skipped' | 'failed',
    { isReused = false, isRecalled = false }: Partial<Settled> = {},
  ): void => {
    const { attempts: attempt, startedAtMs: began, error, output } = node;
    node.endedAtMs = clock.now();
    if (!node.isItem && state !== 'failed') node.scope.outputs.set(node.compiled.id, { output, state });
    publish(() => ({
      type: 'step-end',
      ...of(node, attempt),
      state,
      durationMs: node.endedAtMs - began,
      costUsd: node.costUsd,
      isReused: isReused || isRecalled,
      ...(error !== undefined && { error }),
    }));
    if (isReused) return;
    record({
      step: node.name,
      attempt,
      end: state,
      startedAtMs: began,
      endedAtMs: node.endedAtMs,
      ...(state === 'succeeded' && { output: JSON.stringify(output ?? null) }),
      ...(error !== undefined && { error: reasonOf(error) }),
      ...(node.costUsd !== undefined && { costUsd: node.costUsd }),
    });
  };
  const pay = (node: RunNode, cost: unknown): void => {
    if (typeof cost !== 'number' || !(cost > 0)) return;
    node.costUsd = (node.costUsd ?? 0) + cost;
    costUsd += cost;
  };
  const fail = (node: RunNode, error: unknown): void => {
    node.error = error;
    failure ??= error;
    end(node, 'failed');
    if (recovery === 'atomic') stop(error);
  };

  const durations = nodes.map(({ compiled: { step } }) => step.durationMs ?? options.durationOf(step));
  // What is not known takes about as long as the others.
  const usual = median(durations.filter((duration) => duration !== undefined)) ?? 1;
  const schedule = createSchedule(compiled.graph, {
    concurrency: options.concurrency,
    limits: options.limits,
    levels: bottomLevels(compiled.graph, (number) => durations[number] ?? usual),
    resourcesOf: (number) => nodeAt(number).compiled.step.resources,
    priorityOf: (number) => nodeAt(number).compiled.step.priority,
    onExpansionEnd: (number) => endExpansion(nodeAt(number)),
  });
  const retryDelay = ({ step, number }: Attempt, error: unknown): number | undefined => {
    const node = nodeAt(step);
    return delayBeforeRetry(node.compiled.step, number - (tried.get(node.name) ?? 0), error, random);
  };
  const work = createStepWork({
    run: id,
    root: options.root,
    env,
    dispatcher: options.dispatcher,
    transaction,
    memo: options.memo,
    undeclaredWrites,
    nodeAt,
    hasRetry: (attempt, error) => retryDelay(attempt, error) !== undefined,
    onFailure: options.onFailure,
    onProgress: (node, attempt, text) => publish(() => ({ type: 'step-progress', ...of(node, attempt), text })),
    onUndeclared: (node, attempt, paths) => publish(() => ({ type: 'write-undeclared', ...of(node, attempt), paths })),
  });

  const expand = (node: RunNode, graph: Graph, children: readonly RunNode[]): Settled => {
    node.children = children;
    for (const child of children) nodes.push(child);
    schedule.expand(node.number, graph, children.length / graph.size);
    publish(() => ({ type: 'step-expand', ...of(node, node.attempts), steps: children.length }));
    return expanded;
  };
  const expandItems = (node: RunNode, list: readonly unknown[]): Settled => {
    if (list.length === 0) return { verdict: 'succeeded', output: [] };
    const { compiled: step, scope, number: parent } = node;
    const first = schedule.size;
    const children = list.map((item, index) => {
      const name = `${node.name}[${index}]`;
      return newNode({ number: first + index, name, compiled: step, scope, parent, item, index, isItem: true });
    });
    return expand(node, single, children);
  };
  const expandWorkflow = (node: RunNode, inner: CompiledWorkflow): Settled => {
    const { with: inputs = {} } = work.taskOf(node, node.attempts).fields as {
      with?: Readonly<Record<string, unknown>>;
    };
    if (inner.steps.length === 0) return { verdict: 'succeeded', output: {} };
    const scope = newScope(inner, inputs, node);
    const first = schedule.size;
    const children = inner.steps.map((step, at) =>
      newNode({ number: first + at, name: `${node.name}/${step.id}`, compiled: step, scope, parent: node.number }),
    );
    return expand(node, inner.graph, children);
  };
  const endExpansion = (node: RunNode): void => {
    const { children = [], number } = node;
    const lost = children.filter((child) => !['succeeded', 'skipped'].includes(schedule.stateOf(child.number)));
    if (lost.length > 0) {
      // Where the run was stopped, those within have said why.
      if (stopped === undefined) fail(node, expansionFailed(node.name, lost.length, children.length));
      schedule.fail(number);
      return;
    }
    node.output =
      children[0]?.isItem === true
        ? children.map(({ output }) => output)
        : Object.fromEntries(children.map((child) => [child.compiled.id, child.output]));
    end(node, 'succeeded');
    schedule.succeed(number);
  };

  const ask = (node: RunNode): Settled => {
    if (approved.has(node.name)) return { verdict: 'succeeded', output: true };
    asked.set(node.name, node.number);
    const { approve } = work.taskOf(node, node.attempts).fields as { readonly approve: string };
    publish(() => ({ type: 'approval-want', ...of(node, node.attempts), question: approve }));
    throw approvalWanted;
  };
  /** What a step comes to without any work: what is not wanted, and what is many steps, or a question. */
  const begin = (node: RunNode): Settled | undefined => {
    const { kind, inner, map, when } = node.compiled;
    const scope = expressionScope(node, env);
    // A condition on the item is one for each of them.
    const isForItem = map !== undefined && when?.usesItem === true;
    if (when !== undefined && node.isItem === isForItem && !when.evaluate(scope)) return { verdict: 'skipped' };
    if (!node.isItem && map !== undefined) {
      const list = 'evaluate' in map ? map.evaluate(scope) : map;
      if (!Array.isArray(list)) throw mapInvalid(node.name, list);
      return expandItems(node, list);
    }
    if (inner !== undefined) return expandWorkflow(node, inner);
    if (kind === 'approval') return ask(node);
    if (maxCostUsd !== undefined && kind === 'agent' && costUsd >= maxCostUsd)
      throw budgetSpent(node.name, costUsd, maxCostUsd);
    return undefined;
  };

  const driver: Driver = drive({
    schedule,
    clock,
    attempt: (attempt): Settled | Promise<Settled> => {
      const node = nodeAt(attempt.step);
      node.attempts = attempt.number;
      node.startedAtMs = clock.now();
      // Those that were many are so again: their own steps are known.
      const isMany = node.compiled.inner !== undefined || (node.compiled.map !== undefined && !node.isItem);
      const known = isMany ? undefined : finished.get(node.name);
      if (known?.output !== undefined) {
        node.attempts = known.attempt;
        return { verdict: 'succeeded', output: JSON.parse(known.output), isReused: true };
      }
      publish(() => ({ type: 'step-start', ...of(node, attempt.number) }));
      const settled = begin(node);
      if (settled !== undefined) return settled;
      record({ step: node.name, attempt: attempt.number, startedAtMs: node.startedAtMs });
      return work
        .run(node, attempt)
        .then(({ output, costUsd: cost, isRecalled }) => ({ verdict: 'succeeded', output, costUsd: cost, isRecalled }));
    },
    onValue: (attempt, value) => {
      const node = nodeAt(attempt.step);
      const settled = value as Settled;
      const { verdict, output, costUsd: cost } = settled;
      if (verdict === 'expanded') return verdict;
      node.output = output ?? null;
      pay(node, cost);
      end(node, verdict, settled);
      return verdict;
    },
    onError: ({ step, number }, reason, retryAtMs) => {
      const node = nodeAt(step);
      if (reason === approvalWanted) return;
      // A step may fail with nothing at all, which is a failure all the same.
      const error = reason ?? stepFailed(node.name);
      pay(node, (error as { readonly costUsd?: unknown } | null)?.costUsd);
      if (retryAtMs === undefined) {
        fail(node, error);
        return;
      }
      publish(() => ({ type: 'step-retry', ...of(node, number), error, retryAtMs }));
      const { name, startedAtMs: began } = node;
      const endedAtMs = clock.now();
      record({ step: name, attempt: number, end: 'failed', error: reasonOf(error), startedAtMs: began, endedAtMs });
    },
    retryDelay: (attempt, error) => {
      // A step that waits for a yes comes back when it is there.
      if (error === approvalWanted) return Number.POSITIVE_INFINITY;
      return retryDelay(attempt, error) ?? (work.isAgain(error, nodeAt(attempt.step)) ? 0 : undefined);
    },
    timeoutMsOf: (number) => nodeAt(number).compiled.step.timeoutMs,
    timeoutError: (number, limitMs) => stepTimedOut(nodeAt(number).name, limitMs),
    attemptsBefore: (number) => tried.get(nodeAt(number).name) ?? 0,
  });
  const stop = (reason: unknown): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    driver.stop(reason);
  };

  /** Takes back what must not stand. */
  const finish = async (
    state: RunOutcome['state'],
  ): Promise<{ state: RunOutcome['state']; conflicts: readonly Conflict[] }> => {
    if (state !== 'undone') return { state, conflicts: [] };
    await journal.write([{ type: 'run-state', run: id, state: 'undoing' }], 'full');
    const report = await transaction.undo();
    // Conflicts name what is kept.
    if (report.conflicts.length === 0) await forget(id, journal, transaction);
    publish(() => ({ type: 'undo-end', run: id, atMs: clock.now(), ...report }));
    return { state: report.steps.length > 0 ? 'undone' : 'failed', conflicts: report.conflicts };
  };
  /** Whether what has succeeded is to stand though something has failed. */
  const isToStand = async (steps: readonly StepOutcome[]): Promise<boolean> => {
    if (recovery === 'atomic' || journalFailure !== undefined) return false;
    if (recovery === 'keep-successful' || options.onFailedRun === undefined) return true;
    return (await options.onFailedRun(steps.filter(({ state }) => state === 'failed'))) === 'keep';
  };
  let isSettling = false;
  /** Takes back what steps that have not succeeded may have done outside. */
  const undoUnfinished = async (): Promise<readonly Conflict[]> => {
    const succeeded = nodes.filter(({ number }) => schedule.stateOf(number) === 'succeeded');
    const stands = new Set([flushStep, ...finished.keys(), ...succeeded.map(({ name }) => name)]);
    return (await transaction.undo(({ step }) => !stands.has(step))).conflicts;
  };
  const settle = async (): Promise<RunOutcome> => {
    isSettling = true;
    const { steps, resultHash } = stepsOutcome(nodes, schedule.stateOf);
    let error = stopped ?? failure;
    const waiting = stopped === undefined ? [...asked.keys()].filter((name) => !approved.has(name)) : [];
    let wanted: RunOutcome['state'] = 'committed';
    if (waiting.length > 0) wanted = 'paused';
    else if (error !== undefined) wanted = (await isToStand(steps)) ? 'kept' : 'undone';
    // One that took too long, or was stopped, was not asked about.
    const left = wanted === 'kept' ? await undoUnfinished() : [];
    if (wanted !== 'undone')
      await transaction.flush().catch((reason) => {
        [wanted, error] = ['undone', reason];
      });
    const { state, conflicts } = await finish(wanted);
    const endedAtMs = clock.now();
    const ending = {
      ...(state !== 'paused' && { endedAtMs, resultHash }),
      ...(error !== undefined && { error: reasonOf(error) }),
    };
    await journal.write([{ type: 'run-state', run: id, state, costUsd, ...ending }], 'full');
    transaction.release();
    publish(() => ({ type: 'run-end', run: id, atMs: endedAtMs, state, durationMs: endedAtMs - startedAtMs, costUsd }));
    const outputs = Object.fromEntries(
      nodes.filter(({ parent }) => parent < 0).map((node) => [node.name, node.output]),
    );
    return {
      run: id,
      state,
      steps,
      outputs,
      error,
      conflicts: [...left, ...conflicts],
      waiting: state === 'paused' ? waiting : [],
      costUsd,
      resultHash,
    };
  };

  const run = async (): Promise<RunOutcome> => {
    const { length: known } = nodes;
    const isResumed = history !== undefined;
    publish(() => ({ type: 'run-start', run: id, atMs: startedAtMs, name: workflow.name, steps: known, isResumed }));
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
  };
  return {
    outcome: run(),
    approve(step) {
      const number = asked.get(step);
      if (number === undefined || approved.has(step) || schedule.stateOf(number) !== 'delayed' || isSettling)
        throw new BatchError('BATCH_RUN_STATE', `"${step}" does not wait for a yes.`, { run: id, step });
      approved.add(step);
      schedule.delay(number, clock.now());
      driver.wake();
    },
  };
};
