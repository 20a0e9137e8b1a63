import { showTime } from '../figures.ts';
import { note } from '../terminal.ts';

/** Says from when on an answer tells, where that is later than what was asked for. */
export const tellBegin = (asked: { readonly fromMs?: number }, told: { readonly fromMs: number }): void => {
  if (asked.fromMs !== undefined && asked.fromMs < told.fromMs)
    note(`It tells from ${showTime(told.fromMs)} on: nothing is known of before.`);
};
