export interface PeakEwmaOptions {
  /** The time in which what was seen fades to a third, milliseconds. @default 10_000 */
  readonly decayMs?: number;
}

/** A target's latency as a load balancer sees it. Times are milliseconds of a clock that never goes back. */
export interface PeakEwma {
  observe(ms: number, at: number): void;
  /** The latency as it stands now, milliseconds; undefined where none was ever seen. */
  latency(at: number): number | undefined;
  /** What one more call would cost, for comparing targets: the latency times the calls there would be. */
  cost(outstanding: number, at: number): number;
}

/** What is busy and has never answered comes after everything else, by how busy it is. */
const unknownCost = 2 ** 40;

/**
 * A moving average that jumps to each higher latency at once and falls slowly: hypersensitive to a target that turns
 * slow, cautious about one that recovers. Without traffic it fades, so that a target is tried again. From Finagle
 * (`PeakEwma.scala`), as linkerd uses it (linkerd.io/2016/03/16/beyond-round-robin-load-balancing-for-latency).
 */
export function createPeakEwma({ decayMs = 10_000 }: PeakEwmaOptions = {}): PeakEwma {
  let average: number | undefined;
  let seenAt = 0;

  const weightAt = (at: number): number => Math.exp(-Math.max(0, at - seenAt) / decayMs);
  const latency = (at: number): number | undefined => (average === undefined ? undefined : average * weightAt(at));

  return {
    observe(ms, at) {
      const known = average ?? 0;
      if (ms >= known) average = ms;
      else {
        const weight = weightAt(at);
        average = known * weight + ms * (1 - weight);
      }
      seenAt = Math.max(seenAt, at);
    },
    latency,
    cost(outstanding, at) {
      const ms = latency(at);
      if (ms === undefined) return outstanding === 0 ? 0 : unknownCost + outstanding;
      return ms * (outstanding + 1);
    },
  };
}
