/** A clock that stands still until it is moved. */
export function createClock(start = 0) {
  let time = start;
  return {
    now: (): number => time,
    advance(ms: number): void {
      time += ms;
    },
  };
}

/** Mulberry32: the same numbers from 0 up to 1 for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
