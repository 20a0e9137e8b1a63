import type { Redact } from './redact-keys.ts';

/** Digits in groups of three and more, as cards show them, or in one row. */
const runs = /(?<!\d)\d{3,}(?:[ \u00a0-]{1,3}\d{3,})*/g;
/** How many digits a card's number has (ISO/IEC 7812). */
const [fewest, most] = [13, 19];

interface Group {
  readonly digits: string;
  /** In the run, separators counted. */
  readonly from: number;
  readonly to: number;
}

const groupsIn = (run: string): readonly Group[] =>
  [...run.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({ digits, from: index, to: index + digits.length }));

/**
 * How many groups make up a card's number, as many as can: their digits are enough, and the last is the check digit of the others
 * (Luhn). Nought where none do. Both ways to double every second digit are summed up at once, as which it is depends on how many there are.
 */
const groupsOfCard = (groups: readonly Group[], first: number): number => {
  const sums: [number, number] = [0, 0];
  let [count, found] = [0, 0];
  for (let index = first; index < groups.length; index += 1) {
    const { digits } = groups[index] as Group;
    if (count + digits.length > most) break;
    for (let at = 0; at < digits.length; at += 1) {
      const digit = digits.charCodeAt(at) - 48;
      count += 1;
      sums[(count % 2) as 0 | 1] += digit;
      sums[(1 - (count % 2)) as 0 | 1] += digit > 4 ? digit * 2 - 9 : digit * 2;
    }
    if (count >= fewest && sums[(count % 2) as 0 | 1] % 10 === 0) found = index + 1 - first;
  }
  return found;
};

const redactRun = (run: string): string => {
  if (run.length < fewest) return run;
  const groups = groupsIn(run);
  let redacted = '';
  let done = 0;
  for (let index = 0; index < groups.length; index += 1) {
    const { digits, from } = groups[index] as Group;
    // Numbers of cards that people have begin so; milliseconds since 1970 do not.
    const count = /^[2-6]/.test(digits) ? groupsOfCard(groups, index) : 0;
    if (count === 0) continue;
    redacted += `${run.slice(done, from)}[card]`;
    index += count - 1;
    done = (groups[index] as Group).to;
  }
  return done === 0 ? run : redacted + run.slice(done);
};

/** Takes numbers of payment cards out. What stands behind the point of a number is none. */
export const redactCards: Redact = (text) =>
  text.replace(runs, (run, at: number) => {
    const isFraction = text[at - 1] === '.' && /\d/.test(text[at - 2] ?? '');
    return isFraction ? run : redactRun(run);
  });
