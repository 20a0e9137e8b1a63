/** A clock that runs faster than time, the same in every process that is told of it. */
export interface VirtualClock {
  /** Epoch milliseconds at which it showed the real time. */
  readonly startedAt: number;
  /** Its milliseconds in one of ours. */
  readonly speed: number;
}

/** What a process finds its clock under. */
export const clockVariable = 'HOTPATH_BENCH_CLOCK';

export const clockText = ({ startedAt, speed }: VirtualClock): string => `${startedAt} ${speed}`;

/** Throws for what is no clock. */
export const readClock = (text: string | undefined): VirtualClock => {
  const [startedAt = Number.NaN, speed = Number.NaN] = (text ?? '').split(' ').map(Number);
  if (!(startedAt > 0 && speed > 0)) throw new Error(`${clockVariable} must hold a time and a speed, not "${text}".`);
  return { startedAt, speed };
};

/** What it shows at a real time, both epoch milliseconds. */
export const virtualTime = ({ startedAt, speed }: VirtualClock, at: number): number =>
  startedAt + (at - startedAt) * speed;

/** Finer than the whole milliseconds of `Date.now`, each of which would be many of its own. */
export const virtualNow = (clock: VirtualClock): number =>
  virtualTime(clock, performance.timeOrigin + performance.now());
