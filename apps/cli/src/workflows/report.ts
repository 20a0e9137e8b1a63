import type { Mending, Plan, RunEvent, RunOutcome } from '@hotpath/runtime/workflows';
import { describeError } from '../errors.ts';
import { showDuration, showUsd } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { note, progressOutput, styledError, warn, writeOut } from '../terminal.ts';
import { drawTree } from './draw-tree.ts';
import { eventLine, outcomeLine } from './event-json.ts';
import { createLiveLines } from './live-lines.ts';
import { createRunView, parentOf, withoutItems } from './run-view.ts';

/** Tells of a run while it goes on. */
export interface RunReport {
  event(event: RunEvent): Promise<void>;
  mending(mending: Mending): void;
  warn(text: string): void;
  /** Nothing is drawn until the next event: something is asked. */
  pause(): void;
  /** All is over; leaves what is shown. */
  close(): void;
  outcome(outcome: RunOutcome): Promise<void>;
}

export interface ReportOptions {
  readonly plan: Pick<Plan, 'steps'> | undefined;
  readonly isJson: boolean;
}

const redrawMs = 100;

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

/** What became of a run of before whose process had ended. */
export const recoveryText = ({
  recovered,
  to,
  steps,
  conflicts,
}: Pick<Extract<RunEvent, { type: 'recovery-end' }>, 'recovered' | 'to' | 'steps' | 'conflicts'>): string => {
  const id = recovered.slice(0, 8);
  const left = conflicts.map(({ path, reason, keptAt }) => {
    const kept = keptAt === undefined ? '' : ` (what was there before is in ${keptAt})`;
    return `\n  ${path} ${reason}, and was left${kept}`;
  });
  const what =
    to === 'undone'
      ? `it was taken back (${count(steps.length, 'step')})`
      : `what had succeeded was kept. "hotpath resume ${id}" goes on, "hotpath undo ${id}" takes it back`;
  return `The run ${id} had ended with its process in the middle: ${what}.${left.join('')}`;
};

const undoText = ({ steps, conflicts }: Extract<RunEvent, { type: 'undo-end' }>): string => {
  const left = conflicts.map(({ path, reason }) => `\n  ${path} ${reason}, and was left`);
  return `Taken back: ${steps.length === 0 ? 'nothing had been changed' : `the changes of ${count(steps.length, 'step')}`}.${left.join('')}`;
};

/** What steps wrote without having said so, each told once: of the items of a list together, when the last has ended. */
const createUndeclared = () => {
  const found = new Map<string, { readonly items: Set<string>; readonly paths: Set<string> }>();
  const textOf = (step: string): string | undefined => {
    const { items, paths } = found.get(step) ?? {};
    if (items === undefined || paths === undefined) return undefined;
    found.delete(step);
    const shown = [...paths].slice(0, 5).join(', ');
    const more = paths.size > 5 ? ` and ${paths.size - 5} more` : '';
    const many = items.size > 1 ? ` (${items.size} of its items)` : '';
    return `${step}${many} wrote ${shown}${more} without having said so. Add what it writes to its "writes".`;
  };
  return {
    /** What is to be told after this event. */
    take(event: RunEvent): readonly string[] {
      if (event.type === 'write-undeclared') {
        const step = withoutItems(event.step);
        const { items, paths } = found.get(step) ?? { items: new Set(), paths: new Set() };
        found.set(step, { items: items.add(event.step), paths });
        for (const path of event.paths) paths.add(path);
      }
      const ended = event.type === 'step-end' ? [event.step] : event.type === 'run-end' ? [...found.keys()] : [];
      return ended.flatMap((step) => textOf(step) ?? []);
    },
  };
};

const mendingText = ({ step, isApplied, fields, reason }: Mending): string => {
  const change = Object.entries(fields).map(([name, value]) => `${name}: ${oneLine(value)}`);
  return isApplied
    ? `${step} is tried again with ${change.join(', ')} (${reason})`
    : `${step} might work with ${change.join(', ')} (${reason})`;
};

/** What anybody should hear of, however it is shown. */
const createNotable = (): ((event: RunEvent) => readonly string[]) => {
  const undeclared = createUndeclared();
  return (event) => {
    if (event.type === 'recovery-end') return [recoveryText(event)];
    return [...undeclared.take(event), ...(event.type === 'undo-end' ? [undoText(event)] : [])];
  };
};

const jsonReport = (): RunReport => ({
  event: (event) => writeOut(eventLine(event)),
  mending: (mending) => void writeOut(`${JSON.stringify({ type: 'mending', ...mending })}\n`),
  warn,
  pause() {},
  close() {},
  outcome: (outcome) => writeOut(outcomeLine(outcome)),
});

/** A line for each step that has ended; of the many that one was expanded to, for those that failed. */
const plainLine = (event: RunEvent): string | undefined => {
  if (event.type === 'step-retry')
    return `${event.step}: failed, and is tried again: ${describeError(event.error).message}`;
  if (event.type === 'approval-want') return `${event.step}: waits for a yes: ${event.question}`;
  if (event.type !== 'step-end') return undefined;
  const { step, state, durationMs, costUsd, isReused, error } = event;
  if (state !== 'failed' && parentOf(step) !== undefined) return undefined;
  if (state === 'blocked' || state === 'cancelled') return undefined;
  if (state === 'skipped') return `${step}: skipped`;
  const cost = costUsd === undefined ? '' : `, ${showUsd(costUsd)}`;
  const took = isReused
    ? 'done before'
    : `${state === 'failed' ? 'failed after' : 'done in'} ${showDuration(durationMs)}`;
  return `${step}: ${took}${cost}${error === undefined ? '' : `: ${describeError(error).message}`}`;
};

const plainReport = (): RunReport => {
  const notable = createNotable();
  return {
    async event(event) {
      for (const text of [...notable(event), plainLine(event) ?? []].flat()) note(text);
    },
    mending: (mending) => note(mendingText(mending)),
    warn,
    pause() {},
    close() {},
    outcome: async () => {},
  };
};

const treeReport = (plan: ReportOptions['plan']): RunReport => {
  const view = createRunView(plan);
  const notable = createNotable();
  const lines = createLiveLines(process.stderr);
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const { columns = 80, rows = 24 } = process.stderr;
    lines.show(drawTree(view, { columns, rows: rows - 2, nowMs: Date.now(), paint: styledError }));
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  /** Above the tree. */
  const say = (write: (text: string) => void, text: string): void => {
    lines.clear();
    write(text);
    if (timer !== undefined) draw();
  };
  return {
    async event(event) {
      view.take(event);
      for (const text of notable(event)) say(note, text);
      timer ??= setInterval(draw, redrawMs);
      if (event.type === 'step-end' || event.type === 'run-end') draw();
    },
    mending: (mending) => say(note, mendingText(mending)),
    warn: (text) => say(warn, text),
    pause() {
      stop();
      draw();
      lines.end();
    },
    close() {
      if (timer !== undefined) draw();
      stop();
      lines.end();
    },
    outcome: async () => {},
  };
};

/** Events as JSON, a tree that is drawn in place on a terminal, or a line for each step. */
export const createReport = ({ plan, isJson }: ReportOptions): RunReport => {
  if (isJson) return jsonReport();
  const isTerminal = progressOutput().isTTY === true && process.env.TERM !== 'dumb';
  return isTerminal ? treeReport(plan) : plainReport();
};
