import { channel } from 'node:diagnostics_channel';
import type { Unit } from './kind.ts';

/** Something of telemetry itself went wrong; nobody who is observed has noticed. */
export interface TelemetryFaultEvent {
  /** The exporter, the source or the channel it happened in. */
  readonly where: string;
  readonly error: unknown;
  /** Events that are lost by it. */
  readonly lost: number;
  /** Their kind, where it is known. */
  readonly kind?: string | undefined;
}

/** `pending`: it is so, but not for long enough. `recovering`: it is better, but not for long enough. */
export type AlertState = 'ok' | 'pending' | 'firing' | 'recovering';

/** `page`: somebody should look now. `warn`: somebody should look today. */
export type AlertSeverity = 'page' | 'warn';

/** What the figure of an alert is counted in. */
export type AlertUnit = Unit | 'share' | 'events';

/** An alert went from one state to another. */
export interface AlertChangeEvent {
  readonly rule: string;
  /** Which of those that the rule tells apart, such as a provider; empty where it tells none apart. */
  readonly subject: string;
  readonly severity: AlertSeverity;
  readonly from: AlertState;
  readonly to: AlertState;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** How long it was in the state it left, milliseconds. */
  readonly lastedMs: number;
  /** The figure, in the unit that its kind is recorded in; undefined where nothing has happened that it could be taken of. */
  readonly value: number | undefined;
  /** What it is compared with, in the same unit. */
  readonly threshold: number;
  /** Of both; `share` for a ratio, `events` where events are counted. */
  readonly unit: AlertUnit;
  /** The figure as people read it, such as `1%` or `$0.01 an hour`; undefined where there is none. */
  readonly valueText: string | undefined;
  /** What it is compared with, in the same way. */
  readonly thresholdText: string;
  /** All of it in one line. */
  readonly message: string;
  /** Whether people are told: it fires, or is over, and the cooldown of the rule does not hold it back. */
  readonly isTold: boolean;
  /** The file of the CPU profile that is being taken of it, where one is. It is there when the profile ends. */
  readonly evidence?: string | undefined;
}

/** The channels of `node:diagnostics_channel` on which telemetry speaks. Publishing costs nothing unheard. */
export const channels = {
  fault: channel<TelemetryFaultEvent>('hotpath:telemetry:fault'),
  alert: channel<AlertChangeEvent>('hotpath:telemetry:alert'),
} as const;
