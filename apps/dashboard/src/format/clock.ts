const two = (value: number): string => String(value).padStart(2, '0');

/** In the reader's zone: `14:03:59`. */
export const showClock = (epochMs: number): string => {
  const date = new Date(epochMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
};

/** In the reader's zone, to the minute: `2026-11-20 14:03`. */
export const showDay = (epochMs: number): string => {
  const date = new Date(epochMs);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** Of two times, one after the other, only what tells them apart. */
export const showMoment = (epochMs: number, nowMs: number): string =>
  new Date(epochMs).toDateString() === new Date(nowMs).toDateString() ? showClock(epochMs) : showDay(epochMs);

const dayMs = 86_400_000;

/** Under a chart whose marks are so far apart: the time of day, and the day where another begins. */
export const showTick = (epochMs: number, stepMs: number): string => {
  const clock = showClock(epochMs);
  if (stepMs >= dayMs || clock === '00:00:00') return showDay(epochMs).slice(5, 10);
  return stepMs < 60_000 ? clock : clock.slice(0, 5);
};
