import type { AlertSeverity } from '../events.ts';
import { eventKinds } from '../kinds.ts';

/**
 * What is taken of the events within the window. `rate`: events, or the sum of a figure, by time. `ratio`: the share of those events that
 * are `part`. `quantile`, `highest`, `mean` and `sum`: of a figure; `sum` without one counts events.
 */
export const alertFigures = ['rate', 'ratio', 'quantile', 'highest', 'mean', 'sum'] as const;
export type AlertFigure = (typeof alertFigures)[number];

/** Which events, by their dimensions: one of these names each. */
export type AlertFilter = Readonly<Record<string, string | readonly string[]>>;

/** When somebody is to be told of a figure. All of it is data. */
export interface AlertRule {
  /** Lower case, with dashes. */
  readonly name: string;
  /** What the figure is called where people read it. */
  readonly title: string;
  /** The kind of events it is taken of, such as `request`. */
  readonly kind: string;
  readonly figure: AlertFigure;
  /** Of `kind`. */
  readonly measure: string | undefined;
  /** For `quantile`: the share below it, from 0 to 1. */
  readonly quantile: number;
  /** For `ratio`. */
  readonly part: AlertFilter;
  /** For `rate`: the time that it is told for, milliseconds. */
  readonly perMs: number;
  readonly where: AlertFilter;
  /** A dimension whose names are told apart: each has an alert of its own. */
  readonly by: string | undefined;
  /** How far it looks back, milliseconds. */
  readonly windowMs: number;
  readonly direction: 'above' | 'below';
  /** In the unit of the measure; a share from 0 to 1 for `ratio`. It fires beyond it, not at it. */
  readonly threshold: number;
  /** It is well again at this value, which is not as far as the threshold. */
  readonly recoverAt: number;
  /** So long it is beyond the threshold before it fires, milliseconds. */
  readonly holdMs: number;
  /** So long it is well before it is over, milliseconds. */
  readonly recoverMs: number;
  /** So long people are told nothing more of it after it was told that it fires, milliseconds. */
  readonly cooldownMs: number;
  /** So long it goes on firing where nothing happens that it could be taken of, milliseconds. */
  readonly quietMs: number;
  /** Of fewer events within the window nothing is said. */
  readonly leastEvents: number;
  readonly severity: AlertSeverity;
  /** Whether a CPU profile may be taken when it fires. */
  readonly profile: boolean;
}

export const kindsByName = new Map(eventKinds.map((kind) => [kind.name, kind]));
