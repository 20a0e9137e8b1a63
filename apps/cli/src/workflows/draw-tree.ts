import { showDuration, showUsd } from '../figures.ts';
import { fit, padded, widthOf } from './fit.ts';
import { costOf, type RunView, type StepView, type ViewState } from './run-view.ts';

/** Colours a text, or does not. */
export type Paint = (style: 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string) => string;

export interface DrawOptions {
  readonly columns: number;
  /** Lines at most. */
  readonly rows: number;
  readonly nowMs: number;
  readonly paint: Paint;
}

const marks: Readonly<Record<ViewState, readonly [mark: string, style: Parameters<Paint>[0]]>> = {
  waiting: ['·', 'dim'],
  running: ['▸', 'cyan'],
  retrying: ['↻', 'yellow'],
  asking: ['?', 'yellow'],
  succeeded: ['✓', 'green'],
  skipped: ['-', 'dim'],
  failed: ['✗', 'red'],
  blocked: ['-', 'dim'],
  cancelled: ['-', 'dim'],
};

/** Of the steps within another, those that somebody looks for. */
const mostChildren = 5;
const isUnderWay = ({ state }: StepView): boolean => state === 'running' || state === 'retrying' || state === 'asking';

interface Row {
  readonly step: StepView;
  readonly depth: number;
}

const rowsOf = (steps: readonly StepView[], depth = 0): readonly Row[] =>
  steps.flatMap((step) => {
    const isOpen = isUnderWay(step) || step.state === 'failed';
    const shown = isOpen ? step.children.filter((child) => isUnderWay(child) || child.state === 'failed') : [];
    return [{ step, depth }, ...rowsOf(shown.slice(0, mostChildren), depth + 1)];
  });

/** How far a step is that stands for many. */
const tally = ({ children }: StepView): string => {
  const count = (state: ViewState): number => children.filter((child) => child.state === state).length;
  const failed = count('failed');
  return `${count('succeeded') + count('skipped')} of ${children.length}${failed > 0 ? `, ${failed} failed` : ''}`;
};

const saidBy = (step: StepView): string => {
  const { state, text, isReused, attempt, children } = step;
  const parts = [
    children.length > 0 ? tally(step) : '',
    isReused ? 'done before' : '',
    isUnderWay(step) && attempt > 1 ? `attempt ${attempt}` : '',
    state === 'skipped' ? 'skipped' : '',
    state === 'blocked' || state === 'cancelled' ? 'not done' : '',
    text,
  ];
  return parts.filter((part) => part !== '').join(' · ');
};

const labelOf = ({ step, depth }: Row): string => `${'  '.repeat(depth)}${step.name}${step.isCritical ? ' *' : ''}`;
const timeOf = (step: StepView, nowMs: number): string => {
  if (step.startedAtMs === undefined) return '';
  if (isUnderWay(step)) return showDuration(Math.max(0, Math.floor((nowMs - step.startedAtMs) / 100) * 100));
  return step.state === 'succeeded' || step.state === 'failed' ? showDuration(step.durationMs) : '';
};

const timeWidth = 8;
const costWidth = 9;

const drawRow = (row: Row, nameWidth: number, { columns, nowMs, paint }: DrawOptions): string => {
  const { step } = row;
  const [mark, style] = marks[step.state];
  const cost = costOf(step);
  const head = `${padded(labelOf(row), nameWidth)} ${timeOf(step, nowMs).padStart(timeWidth)} ${(cost === undefined ? '' : showUsd(cost)).padStart(costWidth)}`;
  // The last column is left free: some terminals break the line behind it.
  const text = fit(saidBy(step), Math.max(0, columns - widthOf(head) - 6));
  const plain = step.state === 'waiting' ? paint('dim', head) : head;
  const said = text === '' ? '' : `  ${paint(step.state === 'failed' ? 'red' : 'dim', text)}`;
  return text === '' ? `${paint(style, mark)} ${plain}`.trimEnd() : `${paint(style, mark)} ${plain}${said}`;
};

/** Leaves out what is done first, then what waits, so that what runs and what failed stays to be seen. */
const folded = (rows: readonly Row[], most: number): { readonly rows: readonly Row[]; readonly more: string } => {
  if (rows.length <= most) return { rows, more: '' };
  const isDone = ({ step: { state } }: Row): boolean => state === 'succeeded' || state === 'skipped';
  const isWaiting = ({ step: { state } }: Row): boolean => state === 'waiting';
  let left = rows.length - (most - 1);
  const hidden = new Set<Row>();
  for (const group of [rows.filter(isDone), rows.filter(isWaiting).reverse(), rows.toReversed()])
    for (const row of group) {
      if (left <= 0 || hidden.has(row)) continue;
      hidden.add(row);
      left -= 1;
    }
  const done = [...hidden].filter(isDone).length;
  const waiting = [...hidden].filter(isWaiting).length;
  const others = hidden.size - done - waiting;
  const words = [
    done > 0 ? `${done} done` : '',
    waiting > 0 ? `${waiting} waiting` : '',
    others > 0 ? `${others} under way` : '',
  ];
  return { rows: rows.filter((row) => !hidden.has(row)), more: `… ${words.filter((word) => word !== '').join(', ')}` };
};

/** The steps of a run as lines, none wider than the screen; `*` marks the critical path. */
export const drawTree = ({ steps }: Pick<RunView, 'steps'>, options: DrawOptions): readonly string[] => {
  const { rows, more } = folded(rowsOf(steps), Math.max(2, options.rows));
  const wanted = Math.max(4, ...rows.map((row) => widthOf(labelOf(row))));
  const nameWidth = Math.min(wanted, Math.max(8, Math.floor(options.columns * 0.4)));
  const lines = rows.map((row) => drawRow(row, nameWidth, options));
  return more === '' ? lines : [...lines, options.paint('dim', fit(more, options.columns - 1))];
};
