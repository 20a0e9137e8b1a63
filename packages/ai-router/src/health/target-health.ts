import type { Failure, FailureKind } from '../attempts/failure-kind.ts';
import { type BreakerChange, type BreakerSettings, createBreaker } from './breaker.ts';
import type { HealthView } from './health-view.ts';
import { createPeakEwma } from './peak-ewma.ts';
import { createRouteLatencies } from './route-latencies.ts';

export interface TargetHealthOptions {
  readonly target: { readonly provider: { readonly id: string }; readonly model: string };
  /** A clock that never goes back, milliseconds. */
  readonly now: () => number;
  /** @default Math.random */
  readonly random?: () => number;
  readonly breaker?: BreakerSettings;
  readonly onBreakerChange?: (change: BreakerChange) => void;
  /** The time in which a latency fades to a third, milliseconds. @default 10_000 */
  readonly decayMs?: number;
  /** How far back the quantiles look, milliseconds. @default 300_000 */
  readonly windowMs?: number;
  /** A failed call counts as at least this slow, milliseconds: what fails at once would else look fastest. @default 2000 */
  readonly failureMs?: number;
}

/** What kind of call it is. A stream's latency ends with its first token, a whole answer's with its end. */
export interface CallKind {
  /** @default false */
  readonly stream?: boolean;
  /** The route or alias under which its latency is kept apart. */
  readonly route?: string;
}

/** One call under way. It ends once: `succeed`, `fail` or `abandon`; whatever follows is ignored. */
export interface HealthCall {
  /** The first token of a stream arrived. */
  firstToken(): void;
  succeed(): void;
  /** `blames` and `kind` as `classify` told them. */
  fail(failure: Failure, verdict: { readonly blames: boolean; readonly kind: FailureKind }): void;
  /** Nobody wants the answer any more: it was a hedge that lost, or the client left. */
  abandon(): void;
}

/** What is known of one target. */
export interface TargetHealth {
  readonly inFlight: number;
  /** Whether calls should go there now: the breaker lets one through, and the provider did not ask for a pause. */
  isAvailable(): boolean;
  /** How long until then, milliseconds. */
  availableInMs(): number;
  /** The cost of one more call, for comparing targets: see `PeakEwma.cost`. */
  load(stream: boolean): number;
  /**
   * A quantile of the latency, of the route where it has answered 20 such calls, else of all; undefined where even those
   * are fewer.
   */
  latencyMs(share: number, kind?: CallKind): number | undefined;
  /** Counts a call in, and takes the breaker's permit. Where the breaker gives none the call may be made all the same. */
  begin(kind?: CallKind): HealthCall;
  /** The provider asked to be left alone for so long. A shorter pause does not end a longer one. */
  pause(ms: number): void;
  view(): HealthView;
}

/** Gathers what becomes of the calls to one target. Costs well below a microsecond a call and has no timers. */
export function createTargetHealth(options: TargetHealthOptions): TargetHealth {
  const { target, now, decayMs = 10_000, windowMs = 300_000, failureMs = 2000 } = options;
  const { random = Math.random, onBreakerChange: onChange } = options;
  const breaker = createBreaker({ ...options.breaker, now, random, onChange });
  const streamed = { ewma: createPeakEwma({ decayMs }), latencies: createRouteLatencies({ windowMs }) };
  const whole = { ewma: createPeakEwma({ decayMs }), latencies: createRouteLatencies({ windowMs }) };
  const counts = { calls: 0, succeeded: 0, failed: 0, abandoned: 0 };
  let inFlight = 0;
  let pausedUntil = 0;
  let lastError: Omit<NonNullable<HealthView['lastError']>, 'agoMs'> | undefined;
  let lastErrorAt = 0;

  const availableInMs = (): number => Math.max(breaker.waitMs(), pausedUntil === 0 ? 0 : pausedUntil - now(), 0);

  return {
    get inFlight() {
      return inFlight;
    },
    isAvailable: () => availableInMs() === 0,
    availableInMs,
    load: (stream) => (stream ? streamed : whole).ewma.cost(inFlight, now()),
    latencyMs: (share, { stream = false, route } = {}) =>
      (stream ? streamed : whole).latencies.quantile(share, now(), route),

    begin({ stream = false, route } = {}) {
      const permit = breaker.enter();
      const { ewma, latencies } = stream ? streamed : whole;
      const startedAt = now();
      let isOver = false;
      let isAnswering = false;
      counts.calls += 1;
      inFlight += 1;

      const answered = (at: number): void => {
        if (isAnswering) return;
        isAnswering = true;
        ewma.observe(at - startedAt, at);
        latencies.record(at - startedAt, at, route);
      };
      const end = (outcome: 'succeeded' | 'failed' | 'abandoned'): boolean => {
        if (isOver) return false;
        isOver = true;
        inFlight -= 1;
        counts[outcome] += 1;
        return true;
      };
      /** It took at least so long, and nobody knows how much longer: that can raise what is known, never lower it. */
      const unanswered = (ms: number, at: number): void => {
        if (ms > (ewma.latency(at) ?? 0)) ewma.observe(ms, at);
        // Without these the hedged calls, which are the slowest, would be missing, and the quantile sink with each hedge.
        if (at - startedAt >= (latencies.quantile(0.95, at, route) ?? Number.POSITIVE_INFINITY)) {
          latencies.record(at - startedAt, at, route);
        }
      };

      return {
        firstToken() {
          if (stream && !isOver) answered(now());
        },
        succeed() {
          if (!end('succeeded')) return;
          answered(now());
          breaker.succeed(permit);
        },
        fail({ code, status, type, reason }, { blames, kind }) {
          if (!end('failed')) return;
          const at = now();
          lastErrorAt = at;
          lastError = {
            kind,
            code,
            status,
            ...(type !== undefined && { type }),
            ...(reason !== undefined && { reason }),
          };
          if (!blames) {
            breaker.release(permit);
            return;
          }
          if (!isAnswering) unanswered(Math.max(failureMs, at - startedAt), at);
          breaker.fail(permit);
        },
        abandon() {
          if (!end('abandoned')) return;
          const at = now();
          if (!isAnswering) unanswered(at - startedAt, at);
          breaker.release(permit);
        },
      };
    },

    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },

    view() {
      const at = now();
      return {
        provider: target.provider.id,
        model: target.model,
        isAvailable: availableInMs() === 0,
        availableInMs: availableInMs(),
        pausedForMs: Math.max(0, pausedUntil - at),
        inFlight,
        counts: { ...counts },
        breaker: { state: breaker.state, failuresInRow: breaker.failuresInRow, failureShare: breaker.failureShare() },
        firstToken: { ewmaMs: streamed.ewma.latency(at) ?? null, ...streamed.latencies.view(at) },
        whole: { ewmaMs: whole.ewma.latency(at) ?? null, ...whole.latencies.view(at) },
        lastError: lastError ? { ...lastError, agoMs: at - lastErrorAt } : null,
      };
    },
  };
}
