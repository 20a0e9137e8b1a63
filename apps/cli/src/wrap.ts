import { stripVTControlCharacters } from './node-util.ts';
import { oneLine } from './plain-text.ts';

/** Where nobody knows how wide the reader's screen is. */
const usualColumns = 80;
/** Longer lines than these are hard to read, however wide the terminal is. */
const mostColumns = 100;

/** How many columns a text may have: those of the terminal, and 80 where there is none. */
export const columnsOf = ({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }): number =>
  isTTY === true && columns !== undefined && columns > 0 ? Math.min(columns, mostColumns) : usualColumns;

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/**
 * One line as several, broken between words: none is wider than `columns`, but for a word that is. Those after the first begin
 * with `hang`, by default with what the line is indented by.
 */
export const wrapLine = (line: string, columns: number, hang = /^ */.exec(line)?.[0] ?? ''): string => {
  if (widthOf(line) <= columns) return line;
  const lines: string[] = [];
  let current = '';
  for (const piece of line.match(/ *[^ ]+/g) ?? []) {
    if (current.trim() !== '' && widthOf(current) + widthOf(piece) > columns) {
      lines.push(current);
      current = hang + piece.trimStart();
    } else current += piece;
  }
  return [...lines, current].join('\n');
};

/** Each line by itself. */
export const wrapLines = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');

/** Paragraphs, whose lines are joined first. What is indented is no prose, and stays as it is. */
export const wrapProse = (text: string, columns: number): string =>
  text
    .replace(/(?<=^\S.*)\n(?=\S)/gm, ' ')
    .split('\n')
    .map((line) => (line.startsWith(' ') ? line : wrapLine(line, columns)))
    .join('\n');

/** Terms and what they mean in two columns. A term that would leave no room for that has a line of its own. */
export const wrapTable = (rows: readonly (readonly [term: string, text: string])[], columns: number): string => {
  const most = Math.floor(columns * 0.4);
  const fitting = rows.map(([term]) => term.length).filter((length) => length <= most);
  const width = Math.max(8, ...fitting) + 2;
  const hang = ' '.repeat(width + 2);
  return rows
    .map(([term, text]) =>
      term.length <= most
        ? wrapLine(`  ${oneLine(term.padEnd(width) + text)}`, columns, hang)
        : `  ${oneLine(term)}\n${wrapLine(`${hang}${oneLine(text)}`, columns, hang)}`,
    )
    .join('\n');
};

/** Where a command line of a POSIX shell may be broken: its spaces that no quotes, and no `$(…)`, hold together. */
const breaksOf = (line: string): readonly number[] => {
  const breaks: number[] = [];
  let quote = '';
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? '';
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '(') depth += 1;
    else if (letter === ')') depth -= 1;
    else if (letter === ' ' && depth === 0) breaks.push(at);
  }
  return breaks;
};

/** A command line that can still be copied: with a backslash at the end of each line but the last. */
export const wrapCommand = (line: string, columns: number): string => {
  const lines: string[] = [];
  let rest = `  ${line}`;
  while (rest.length > columns) {
    // An option stays with its value.
    const breaks = breaksOf(rest).filter((at) => at > 6 && at <= columns - 2);
    const at = breaks.findLast((each) => /[-|<>]/.test(rest[each + 1] ?? '')) ?? breaks.at(-1);
    if (at === undefined) break;
    lines.push(`${rest.slice(0, at)} \\`);
    rest = `      ${rest.slice(at + 1)}`;
  }
  return [...lines, rest].join('\n');
};

/** Names and values in two columns, each value broken within its own. */
export const wrapValues = (
  rows: readonly (readonly [name: string, value: string])[],
  columns: number,
  indent = '',
): string => {
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
  const hang = ' '.repeat(indent.length + width);
  return rows
    .map(([name, value]) => `${wrapLine(`${indent}${oneLine(name.padEnd(width) + value)}`.trimEnd(), columns, hang)}\n`)
    .join('');
};
