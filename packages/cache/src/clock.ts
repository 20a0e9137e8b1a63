let time = 0;

const forget = (): void => {
  time = 0;
};

/**
 * `Date.now()` as of this millisecond or this turn of the event loop, whichever is longer. Asking the system for each hit
 * would cost more than the hit.
 */
export const turnNow = (): number => {
  if (time === 0) {
    time = Date.now();
    setTimeout(forget, 1).unref();
  }
  return time;
};
