let time = 0;
let timer: unknown;

const forget = (): void => {
  time = 0;
};

/**
 * `Date.now()` as of this millisecond or this turn of the event loop, whichever is longer. Asking the system for each hit
 * would cost more than the hit.
 */
export const turnNow = (): number => {
  // Where tests put other timers in place of the real ones, those that were set before never fire.
  if (time === 0 || timer !== setTimeout) {
    time = Date.now();
    timer = setTimeout;
    setTimeout(forget, 1).unref();
  }
  return time;
};
