import type { AlertSeverity } from '../events.ts';
import type { AlertFigure, AlertFilter } from './rule.ts';

/** Milliseconds, or a text such as `'250ms'`, `'90s'`, `'15m'` or `'24h'`. */
export type Duration = number | string;

/**
 * A rule as people write it: what is left out is as in the default rule of that name, or as said here. Values are in the unit of the
 * measure: milliseconds or `'40ms'`, bytes or `'500MB'`, US dollars, a share or `'90%'`.
 */
export interface RuleSettings {
  /** @default true */
  readonly enabled?: boolean | undefined;
  /** What the figure is called where people read it. @default the name of the rule */
  readonly title?: string | undefined;
  /** The kind of events it is taken of, such as `request`. */
  readonly kind?: string | undefined;
  readonly figure?: AlertFigure | undefined;
  /** Of the kind; needed for all but `ratio`, and for `rate` and `sum` of events. */
  readonly measure?: string | undefined;
  /** For `quantile`. @default 0.95 */
  readonly quantile?: number | string | undefined;
  /** For `ratio`: the events whose share it is. */
  readonly part?: AlertFilter | undefined;
  /** For `rate`: the time that it is told for. @default one second */
  readonly perMs?: Duration | undefined;
  /** Which events count. @default all */
  readonly where?: AlertFilter | undefined;
  /** A dimension whose names are told apart. @default none */
  readonly by?: string | undefined;
  /** How far it looks back. @default five minutes */
  readonly windowMs?: Duration | undefined;
  /** @default above */
  readonly direction?: 'above' | 'below' | undefined;
  /** It fires beyond it. */
  readonly threshold?: number | string | undefined;
  /** It is well again from here on. @default a tenth away from the threshold, or as far from it as by default */
  readonly recoverAt?: number | string | undefined;
  /** How long it must be so before it fires. @default 10 s */
  readonly holdMs?: Duration | undefined;
  /** How long it must be well before it is over. @default 30 s */
  readonly recoverMs?: Duration | undefined;
  /** How long people are told nothing more of it. @default 10 min */
  readonly cooldownMs?: Duration | undefined;
  /** How long it goes on firing where nothing happens. @default 0 */
  readonly quietMs?: Duration | undefined;
  /** Of fewer events within the window nothing is said. @default 10 */
  readonly leastEvents?: number | string | undefined;
  /** @default warn */
  readonly severity?: AlertSeverity | undefined;
  /** Whether a CPU profile may be taken when it fires. @default false */
  readonly profile?: boolean | undefined;
}

/** Rules by their names: changed, switched off with `false`, or new. */
export type AlertSettings = Readonly<Record<string, RuleSettings | boolean | undefined>>;
