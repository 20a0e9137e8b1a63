import type { FailureKind } from '../attempts/failure-kind.ts';
import type { BreakerState } from './breaker.ts';
import type { QuantileSummary } from './quantile.ts';

export interface LatencyView {
  /** The peak average that strategies go by, milliseconds. */
  readonly ewmaMs: number | null;
  readonly all: QuantileSummary | null;
  readonly routes: Readonly<Record<string, QuantileSummary>>;
}

/** One target's health as JSON, for an admin page. Times are milliseconds, and spans rather than times of day. */
export interface HealthView {
  readonly provider: string;
  readonly model: string;
  readonly isAvailable: boolean;
  readonly availableInMs: number;
  /** How much longer the provider asked to be left alone. */
  readonly pausedForMs: number;
  readonly inFlight: number;
  readonly counts: {
    readonly calls: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly abandoned: number;
  };
  readonly breaker: {
    readonly state: BreakerState;
    readonly failuresInRow: number;
    readonly failureShare: number;
  };
  /** Until the first token of streams. */
  readonly firstToken: LatencyView;
  /** Until the end of whole answers. */
  readonly whole: LatencyView;
  /** Without the provider's message, which may quote the prompt. */
  readonly lastError: {
    readonly kind: FailureKind;
    readonly code: string;
    readonly status: number;
    readonly type?: string;
    readonly reason?: string;
    readonly agoMs: number;
  } | null;
}
