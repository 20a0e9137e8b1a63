import type { Clock } from '../clock.ts';
import { inputsInvalid, mapInvalid } from '../errors/definition.ts';
import { costUnknown, notWaiting, runCancelled, runTimedOut, stepFailed, stepTimedOut } from '../errors/run.ts';
import { bottomLevels } from '../graph/analysis.ts';
import type { Journal, RunHistory } from '../journal/journal.ts';
import type { Attempt } from '../run/attempt.ts';
import { type Driver, drive } from '../run/drive.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { delayBeforeRetry } from '../run/retry.ts';
import { createSchedule } from '../run/schedule.ts';
import type { CompiledWorkflow } from '../workflow/compile.ts';
import type { Expression } from '../workflow/expression.ts';
import { findInputProblems } from '../workflow/inputs.ts';
import type { Step } from '../workflow/step.ts';
import { createAgentTurns } from './agent-turns.ts';
import { createApprovals } from './approvals.ts';
import { createExpansion } from './expansion.ts';
import { median } from './median.ts';
import type { Memo } from './memo.ts';
import { expressionScope, newNode, newScope, type RunNode } from './nodes.ts';
import type { RunOutcome } from './outcome.ts';
import { createPast } from './past.ts';
import { createRecorder } from './recorder.ts';
import type { RunEvents } from './run-events.ts';
import { type DecideFailedRun, settleRun } from './settle.ts';
import { createStepWork, type DecideFailure } from './step-work.ts';
import type { Dispatcher } from './task.ts';
import { createTimeLimits } from './time-limits.ts';
import type { Transaction } from './transaction.ts';
import { readySince } from './waiting.ts';

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

export interface Execution {
  readonly outcome: Promise<RunOutcome>;
  approve(step: string): void;
}

/** What a step came to, before it is known to all. */
interface Settled {
  readonly verdict: 'succeeded' | 'skipped' | 'expanded' | 'postponed';
  readonly output?: unknown;
  readonly costUsd?: number | undefined;
  /** An earlier process of this run had done it: it is in the journal. */
  readonly isReused?: boolean | undefined;
  /** Another run had done the same. */
  readonly isRecalled?: boolean | undefined;
}

type WithInputs = { readonly with?: Readonly<Record<string, unknown>> | undefined };

const costIn = (error: unknown): unknown => (error as { readonly costUsd?: unknown } | null | undefined)?.costUsd;
const isHeldToBudget = ({ compiled, scope }: RunNode): boolean => compiled.kind === 'agent' && scope.budgets.length > 0;

/** Thrown by a step that waits for a yes. */
const approvalWanted = Symbol('approval wanted');
const expanded: Settled = { verdict: 'expanded' };
const postponed: Settled = { verdict: 'postponed' };

/** Runs the steps of one run to their end, whatever it is, and leaves its files whole: all changes made, or none. */
export const executeRun = (options: ExecuteOptions): Execution => {
  const { id, compiled, journal, transaction, events, clock, random, history, env } = options;
  const { workflow } = compiled;
  const { recovery = 'atomic', timeoutMs } = workflow;
  const past = createPast(history);
  const top = newScope(compiled, options.inputs, { spentUsd: past.costUsd });
  const nodes: RunNode[] = compiled.steps.map((step, number) =>
    newNode({ number, name: step.id, compiled: step, scope: top, parent: -1 }),
  );
  const nodeAt = (number: number): RunNode => nodes[number] as RunNode;
  const startedAtMs = clock.now();
  const waited = (node: RunNode): number => Math.max(0, node.startedAtMs - readySince(node, nodeAt, startedAtMs));
  /** Puts a step that was put off back in line. */
  const again = (number: number): void => {
    const nowMs = clock.now();
    nodeAt(number).againAtMs = nowMs;
    schedule.delay(number, nowMs);
  };
  let failure: unknown;
  let stopped: unknown;
  let journalFailure: unknown;
  let isSettling = false;

  const recorder = createRecorder({
    run: id,
    journal,
    events,
    clock,
    spentUsd: past.costUsd,
    onJournalFailure: (error) => {
      journalFailure ??= error;
      stop(error);
    },
  });
  const { publish, of } = recorder;
  const approvals = createApprovals(recorder, options.approved);
  const fail = (node: RunNode, error: unknown): void => {
    node.error = error;
    failure ??= error;
    recorder.end(node, 'failed');
    if (recovery === 'atomic') stop(error);
  };

  const durations = nodes.map(({ compiled: { step } }) => step.durationMs ?? options.durationOf(step));
  // What is not known takes about as long as the others.
  const usual = median(durations.filter((duration) => duration !== undefined)) ?? 1;
  const limits = { ...options.limits };
  const resourcesOf = (number: number): readonly string[] | undefined => {
    const { compiled: own, scope } = nodeAt(number);
    const { resources } = own.step;
    return scope.resources.length === 0 ? resources : [...(resources ?? []), ...scope.resources];
  };
  const schedule = createSchedule(compiled.graph, {
    concurrency: options.concurrency,
    limits,
    levels: bottomLevels(compiled.graph, (number) => durations[number] ?? usual),
    resourcesOf,
    priorityOf: (number) => nodeAt(number).compiled.step.priority,
    onExpansionEnd: (number) => {
      const node = nodeAt(number);
      const late = timeLimits.end(node);
      const lost = expansion.end(node);
      const reason = lost && (late ?? lost);
      // Where the run was stopped, those within have said why.
      if (reason === undefined) schedule.succeed(number);
      else if (stopped === undefined || late !== undefined) fail(node, reason);
      else recorder.end(node, 'failed');
      if (reason !== undefined) schedule.fail(number);
    },
    onUnrun: (number, state) => recorder.endUnrun(nodeAt(number), state),
  });
  const { concurrency } = options;
  const expansion = createExpansion({ schedule, nodes, recorder, past, concurrency, limits });
  const timeLimits = createTimeLimits(clock, (steps, reason) => driver.halt(steps, reason));
  const turns = createAgentTurns({
    dearestUsd: past.dearestUsd,
    estimateUsd: (node) => options.dispatcher.estimateCostUsd?.(work.taskOf(node, node.attempts)),
    isDelayed: (number) => schedule.stateOf(number) === 'delayed',
    wake: (number) => schedule.delay(number, clock.now()),
  });
  const pay = (node: RunNode, costUsd: unknown, isKnown: boolean): void => {
    recorder.pay(node, costUsd);
    turns.end(node, node.attemptCostUsd ?? (isKnown ? 0 : undefined));
  };
  const retryDelay = ({ step, number }: Attempt, error: unknown): number | undefined => {
    const node = nodeAt(step);
    return delayBeforeRetry(node.compiled.step, number - past.triesOf(node.name), error, random);
  };
  const work = createStepWork({
    run: id,
    root: options.root,
    env,
    dispatcher: options.dispatcher,
    transaction,
    memo: options.memo,
    nodeAt,
    hasRetry: (attempt, error) => retryDelay(attempt, error) !== undefined,
    onFailure: options.onFailure,
    onProgress: (node, attempt, text) => publish(() => ({ type: 'step-progress', ...of(node, attempt), text })),
    onUndeclared: (node, attempt, paths) => publish(() => ({ type: 'write-undeclared', ...of(node, attempt), paths })),
  });

  const listOf = (node: RunNode, map: Expression | readonly unknown[]): readonly unknown[] => {
    const isFound = 'evaluate' in map;
    const known = isFound && map.usesEnv ? past.listOf(node.name) : undefined;
    const list = known ?? (isFound ? map.evaluate(expressionScope(node, env)) : map);
    if (!Array.isArray(list)) throw mapInvalid(node.name, list);
    if (isFound && map.usesEnv) {
      node.list = JSON.stringify(list);
      recorder.underWay(node);
    }
    return list;
  };
  /** What a workflow within is given: what is in the environment is taken once, as its steps were done with it. */
  const inputsWithin = (node: RunNode): Readonly<Record<string, unknown>> => {
    const usesEnv = node.compiled.fields?.expressions.some((expression) => expression.usesEnv) === true;
    const known = usesEnv ? past.listOf(node.name) : undefined;
    const { with: given = {} } = work.taskOf(node, node.attempts).fields as WithInputs;
    const inputs = (known as WithInputs['with']) ?? given;
    if (usesEnv) {
      node.list = JSON.stringify(inputs);
      recorder.underWay(node);
    }
    return inputs;
  };
  /** What a step comes to without any work: what is not wanted, and what is many steps, or a question. */
  const begin = (node: RunNode): Settled | undefined => {
    const { kind, inner, map, when } = node.compiled;
    // A condition on the item is one for each of them.
    const isForItem = map !== undefined && when?.usesItem === true;
    // What has begun goes on, also in an environment in which it would not have.
    const isAsked = when !== undefined && node.isItem === isForItem && !(when.usesEnv && past.hasWithin(node.name));
    if (isAsked && !when.evaluate(expressionScope(node, env))) return { verdict: 'skipped' };
    if (!node.isItem && map !== undefined) {
      const list = listOf(node, map);
      if (list.length === 0) return { verdict: 'succeeded', output: [] };
      expansion.items(node, list);
      return expanded;
    }
    if (inner !== undefined) {
      const inputs = inputsWithin(node);
      const problems = findInputProblems(inner.workflow.inputs, inputs);
      if (problems.length > 0) throw inputsInvalid(inner.workflow.name, problems, node.name);
      if (inner.steps.length === 0) return { verdict: 'succeeded', output: {} };
      expansion.workflow(node, inner, inputs);
      timeLimits.begin(node);
      return expanded;
    }
    if (kind === 'approval') {
      const { approve } = work.taskOf(node, node.attempts).fields as { readonly approve: string };
      if (!approvals.ask(node, approve)) throw approvalWanted;
      return { verdict: 'succeeded', output: true };
    }
    return kind === 'agent' && !turns.take(node) ? postponed : undefined;
  };

  let deciding = 0;
  /** Has somebody decide on a step that nothing runs for any more. */
  const decide = async (node: RunNode, error: unknown): Promise<void> => {
    deciding += 1;
    let reason = error;
    // The step is put off first: whoever is asked may stop the run.
    const isAgain = await Promise.resolve()
      .then(() => work.decide(node, error))
      .catch((failed) => {
        reason = failed;
        return false;
      });
    deciding -= 1;
    // Else the run was stopped meanwhile.
    if (schedule.stateOf(node.number) === 'delayed') {
      if (isAgain) {
        recorder.retry(node, error, clock.now());
        again(node.number);
      } else {
        // Before the failure may stop the run, which would end what waits.
        schedule.fail(node.number);
        fail(node, reason);
      }
    }
    driver.wake();
  };
  const driver: Driver = drive({
    schedule,
    clock,
    attempt: (attempt): Settled | Promise<Settled> => {
      const node = nodeAt(attempt.step);
      recorder.begin(node, attempt.number);
      // Those that were many are so again: their own steps are known.
      const isMany = node.compiled.inner !== undefined || (node.compiled.map !== undefined && !node.isItem);
      const known = isMany ? undefined : past.successOf(node.name);
      if (known?.output !== undefined) {
        node.attempts = known.attempt;
        work.reclaim(node, known.touched ?? []);
        return { verdict: 'succeeded', output: JSON.parse(known.output), isReused: true };
      }
      if (!turns.isWaiting(node)) publish(() => ({ type: 'step-start', ...of(node), waitedMs: waited(node) }));
      const settled = begin(node);
      if (settled !== undefined) return settled;
      recorder.underWay(node);
      return work
        .run(node, attempt)
        .then(({ output, costUsd, isRecalled }) => ({ verdict: 'succeeded', output, costUsd, isRecalled }));
    },
    onValue: (attempt, value) => {
      const node = nodeAt(attempt.step);
      const settled = value as Settled;
      const { verdict, output, costUsd } = settled;
      if (verdict === 'expanded' || verdict === 'postponed') return verdict;
      if (costUsd === undefined && settled.isReused !== true && settled.isRecalled !== true && isHeldToBudget(node))
        throw costUnknown(node.name);
      node.output = output ?? null;
      pay(node, costUsd, true);
      recorder.end(node, verdict, settled);
      return verdict;
    },
    onError: ({ step }, reason, retryAtMs, own) => {
      if (reason === approvalWanted) return;
      const node = nodeAt(step);
      // A step may fail with nothing at all, which is a failure all the same.
      const error = reason ?? stepFailed(node.name);
      // What was stopped may have been paid for all the same.
      pay(node, costIn(own) ?? costIn(error), false);
      if (retryAtMs === undefined) fail(node, error);
      else if (retryAtMs === Number.POSITIVE_INFINITY) void decide(node, error);
      else {
        node.againAtMs = retryAtMs;
        recorder.retry(node, error, retryAtMs);
      }
    },
    retryDelay: (attempt, error) => {
      // A step that waits for a yes comes back when it is there.
      if (error === approvalWanted) return Number.POSITIVE_INFINITY;
      const delayMs = retryDelay(attempt, error) ?? (work.isAgain(error, nodeAt(attempt.step)) ? 0 : undefined);
      return delayMs === undefined && work.isOpen(error) ? Number.POSITIVE_INFINITY : delayMs;
    },
    timeoutMsOf: (number) => nodeAt(number).compiled.step.timeoutMs,
    timeoutError: (number, limitMs) => stepTimedOut(nodeAt(number).name, limitMs),
    isHeld: () => deciding > 0,
    attemptsBefore: (number) => past.triesOf(nodeAt(number).name),
  });
  const stop = (reason: unknown): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    driver.stop(reason);
  };

  const settle = async (): Promise<RunOutcome> => {
    isSettling = true;
    const settled = await settleRun({
      run: id,
      name: workflow.name,
      journal,
      transaction,
      recorder,
      clock,
      nodes,
      stateOf: schedule.stateOf,
      finished: past.finished(),
      recovery,
      onFailedRun: options.onFailedRun,
      error: stopped ?? failure,
      waiting: stopped === undefined ? approvals.open() : [],
      isJournalBroken: journalFailure !== undefined,
    });
    const { state, costUsd } = settled;
    const endedAtMs = clock.now();
    publish(() => ({ type: 'run-end', run: id, atMs: endedAtMs, state, durationMs: endedAtMs - startedAtMs, costUsd }));
    const own = nodes.filter(({ parent }) => parent < 0);
    return { ...settled, outputs: Object.fromEntries(own.map((node) => [node.name, node.output])) };
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
      timeLimits.close();
      signal?.removeEventListener('abort', onAbort);
    }
  };
  return {
    outcome: run(),
    approve(step) {
      const meant = isSettling ? [] : approvals.say(step, (number) => schedule.stateOf(number) === 'delayed');
      if (meant.length === 0) throw notWaiting(id, step);
      meant.forEach(again);
      driver.wake();
    },
  };
};
