// Rules, and hours that were unlike those before.

/** `GET alerts`. */
export interface AlertsView {
  readonly version: 1;
  readonly rules: readonly {
    /** With what it is about, where the rule tells several apart: `database-query: cache`. */
    readonly rule: string;
    /** Of the rule alone: several may have it. */
    readonly name: string;
    readonly about: string;
    readonly state: 'ok' | 'pending' | 'firing' | 'recovering';
    readonly severity: 'page' | 'warn';
    readonly value: number | null;
    readonly threshold: number;
    readonly unit: string;
    readonly since: number | null;
    /** The file of the last CPU profile taken of it. */
    readonly evidence: string | null;
  }[];
  /** The newest first. */
  readonly history: readonly {
    readonly at: number;
    readonly rule: string;
    readonly state: string;
    readonly value: number | null;
    readonly unit: string;
  }[];
}

/** An hour that was not as hours like it are. */
export interface AnomalyView {
  /** When the hour began. */
  readonly at: number;
  /** It is so on the whole of so many hours, this being the last. */
  readonly hours: number;
  /** `page`: unlike any such hour of the day. `warn`: unlike such hours of the week. */
  readonly severity: 'page' | 'warn';
  readonly value: number;
  readonly expected: number;
  /** How far it is off, in standard deviations. */
  readonly deviations: number;
}

/** `GET anomalies`: hours of the last week. */
export interface AnomaliesView {
  readonly version: 1;
  readonly from: number;
  readonly to: number;
  readonly figures: readonly {
    /** `latency` (the 95th percentile), `cost` (an hour), `errors` and `hits` (shares). */
    readonly figure: string;
    readonly unit: 'milliseconds' | 'dollars' | 'share';
    /** Of history. */
    readonly days: number;
    /** Why it is not judged yet, as a sentence. */
    readonly missing: string | null;
    /** The newest first. */
    readonly anomalies: readonly AnomalyView[];
  }[];
}
