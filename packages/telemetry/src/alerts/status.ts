import type { AlertSeverity, AlertState, AlertUnit } from '../events.ts';

/** An alert at present. */
export interface AlertStatus {
  readonly rule: string;
  readonly title: string;
  /** Which of those that the rule tells apart; empty where it tells none apart. */
  readonly subject: string;
  readonly severity: AlertSeverity;
  readonly state: AlertState;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** In the unit that the kind is recorded in; undefined where there is nothing to take it of. */
  readonly value: number | undefined;
  readonly threshold: number;
  readonly direction: 'above' | 'below';
  /** What the measure is counted in; `share` for a ratio, `events` where events are counted. */
  readonly unit: AlertUnit;
  /** All of it in one line. */
  readonly message: string;
  /** The file of the last CPU profile taken of it. */
  readonly evidence: string | undefined;
}
