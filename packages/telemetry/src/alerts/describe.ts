import type { AlertState } from '../events.ts';
import { formatDuration, valueUnit } from './quantity.ts';
import type { AlertRule } from './rule.ts';

export interface Description {
  readonly rule: AlertRule;
  readonly subject: string;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly value: number | undefined;
  /** How long it has been firing, milliseconds, where it is over. */
  readonly firedMs: number;
  /** What time the figure is of. @default `in the last 5 min`, or as long as the rule looks back */
  readonly time?: string | undefined;
}

/** Names may come from clients: none makes a second line, or moves the cursor of a terminal. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 120);

/** Says in one line what has happened; of two states that are the same, how it is. */
export const describeChange = (description: Description): string => {
  const { rule, subject, from, to, value, firedMs } = description;
  const { format } = valueUnit(rule);
  const name = subject === '' ? rule.title : `${rule.title} (${plain(subject)})`;
  const figure = value === undefined ? 'nothing to tell' : format(value);
  const limit = `${rule.direction} ${format(rule.threshold)}`;
  const window = description.time ?? `in the last ${formatDuration(rule.windowMs)}`;
  if (to === 'ok' && from === 'ok') return `${name}: ${figure} ${window}; it should not be ${limit}`;
  if (to === 'ok')
    return firedMs > 0
      ? `${name}: ${figure} ${window}, well again after ${formatDuration(firedMs)}`
      : `${name}: ${figure} ${window}, no longer ${limit}`;
  if (to === 'recovering') return `${name}: ${figure} ${window}, getting better`;
  return `${name}: ${figure} ${window}, ${limit}`;
};
