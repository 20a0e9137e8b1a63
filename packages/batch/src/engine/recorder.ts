import type { Clock } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import type { RunEvent, StepEndEvent } from '../events.ts';
import type { AttemptRecord, Journal } from '../journal/journal.ts';
import type { RunNode } from './nodes.ts';
import type { RunEvents } from './run-events.ts';

export interface RecorderOptions {
  readonly run: string;
  readonly journal: Journal;
  readonly events: RunEvents;
  readonly clock: Clock;
  /** What earlier processes of the run have spent. */
  readonly spentUsd: number;
  readonly onJournalFailure: (error: unknown) => void;
}

/** How a step ended that did not run: because of others, or because an earlier run has done it. */
interface EndOptions {
  /** It is in the journal: an earlier process of this run had done it. */
  readonly isReused?: boolean | undefined;
  /** Another run had done the same. */
  readonly isRecalled?: boolean | undefined;
}

/** Tells and writes down what becomes of the steps of a run, and what that costs. */
export interface Recorder {
  costUsd(): number;
  publish(make: () => RunEvent): void;
  of(node: RunNode, attempt?: number): { run: string; step: string; attempt: number; atMs: number };
  /** An attempt begins; nothing of it is written down yet. */
  begin(node: RunNode, attempt: number): void;
  /** Writes down that an attempt is under way, and what it asks, where it waits for a yes. */
  underWay(node: RunNode, question?: string): void;
  /** Adds what an attempt has cost, US dollars; what is no cost is nothing. */
  pay(node: RunNode, costUsd: unknown): void;
  retry(node: RunNode, error: unknown, retryAtMs: number): void;
  end(node: RunNode, state: 'succeeded' | 'skipped' | 'failed', options?: EndOptions): void;
  /** A step ended without having run, by what became of others. */
  endUnrun(node: RunNode, state: 'skipped' | 'blocked' | 'cancelled'): void;
}

export const createRecorder = (options: RecorderOptions): Recorder => {
  const { run, journal, events, clock } = options;
  let costUsd = options.spentUsd;

  const publish = (make: () => RunEvent): void => {
    if (events.isHeard()) events.publish(make());
  };
  const of = (node: RunNode, attempt = node.attempts) => ({ run, step: node.name, attempt, atMs: clock.now() });
  // Not waited for: whatever rests on it is written after it.
  const write = (
    node: RunNode,
    end: Pick<AttemptRecord, 'end' | 'output' | 'error' | 'endedAtMs' | 'question'> = {},
  ): void => {
    const { name: step, attempts: attempt, startedAtMs, attemptCostUsd, touched, list } = node;
    const record: AttemptRecord = {
      step,
      attempt,
      startedAtMs,
      ...end,
      ...(attemptCostUsd !== undefined && { costUsd: attemptCostUsd }),
      ...(touched !== undefined && { touched }),
      ...(list !== undefined && { list }),
    };
    journal.write([{ type: 'attempt', run, attempt: record }], 'relaxed').catch(options.onJournalFailure);
  };
  const publishEnd = (node: RunNode, state: StepEndEvent['state'], isReused: boolean): void =>
    publish(() => ({
      type: 'step-end',
      ...of(node),
      state,
      durationMs: node.endedAtMs - node.startedAtMs,
      costUsd: node.costUsd,
      isReused,
      ...(node.error !== undefined && { error: node.error }),
    }));
  const close = (node: RunNode, state: StepEndEvent['state']): void => {
    node.endedAtMs = clock.now();
    const { isItem, scope, compiled, output } = node;
    if (!isItem && (state === 'succeeded' || state === 'skipped')) scope.outputs.set(compiled.id, { output, state });
  };

  return {
    costUsd: () => costUsd,
    publish,
    of,
    begin(node, attempt) {
      node.attempts = attempt;
      node.startedAtMs = clock.now();
      node.attemptCostUsd = undefined;
      node.touched = undefined;
    },
    underWay: (node, question) => write(node, question === undefined ? {} : { question }),
    pay(node, cost) {
      if (typeof cost !== 'number' || !(cost > 0)) return;
      node.attemptCostUsd = (node.attemptCostUsd ?? 0) + cost;
      node.costUsd = (node.costUsd ?? 0) + cost;
      costUsd += cost;
    },
    retry(node, error, retryAtMs) {
      publish(() => ({ type: 'step-retry', ...of(node), error, retryAtMs }));
      write(node, { end: 'failed', error: reasonOf(error), endedAtMs: clock.now() });
    },
    end(node, state, { isReused = false, isRecalled = false } = {}) {
      close(node, state);
      publishEnd(node, state, isReused || isRecalled);
      if (isReused) return;
      const { endedAtMs, output, error } = node;
      write(node, {
        end: state,
        endedAtMs,
        ...(state === 'succeeded' && { output: JSON.stringify(output ?? null) }),
        ...(error !== undefined && { error: reasonOf(error) }),
      });
    },
    endUnrun(node, state) {
      // One that had begun, and waited to go on, has an end of its own all the same.
      if (node.attempts === 0) node.startedAtMs = clock.now();
      if (state === 'skipped') node.output = null;
      close(node, state);
      publishEnd(node, state, false);
    },
  };
};
