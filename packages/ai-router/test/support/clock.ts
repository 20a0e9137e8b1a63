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
