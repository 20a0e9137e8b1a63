import { styleText } from './node-util.ts';
import { oneLine, plainLines } from './plain-text.ts';
import { columnsOf, wrapLine, wrapLines } from './wrap.ts';

type Style = Parameters<typeof styleText>[0];

/** Writes to standard output and waits until it has been taken. A reader that left is the interruption's business. */
export const writeOut = (text: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });

/** The same for sentences: on a terminal no line is wider than it is. Of one that is broken, the rest begins with `hang`. */
export const writeText = (text: string, hang?: string): Promise<void> => {
  const columns = columnsOf(process.stdout);
  return writeOut(
    process.stdout.isTTY
      ? text
          .split('\n')
          .map((line) => wrapLine(line, columns, hang))
          .join('\n')
      : text,
  );
};

let isQuiet = false;

/** From now on nothing but errors and results is written: `--quiet`. */
export const beQuiet = (): void => {
  isQuiet = true;
};

/** Where progress goes: nowhere under `--quiet`. */
export const progressOutput = (): { readonly isTTY?: boolean; write(text: string): unknown } =>
  isQuiet ? { write: () => true } : process.stderr;

// Whatever reads it elsewhere looks for whole lines.
const writeError = (text: string): void => {
  process.stderr.write(`${process.stderr.isTTY ? wrapLines(text, columnsOf(process.stderr)) : text}\n`);
};

/** A line on standard error, which `--quiet` leaves out. */
export const note = (text: string): void => {
  if (!isQuiet) writeError(text);
};

/** Coloured where standard output is a terminal that wants it; `NO_COLOR` is respected. */
export const styledOut = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** Coloured where standard error is a terminal that wants it; `NO_COLOR` is respected. */
export const styledError = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr });

/**
 * A failure on standard error, with its code in brackets as Node shows those of its own: where the message has several lines
 * too, the code stands in the same place, and tells a failure from a warning without colours. `more` is ours, and may be styled.
 */
export const complain = (code: string, message: string, more = ''): void => {
  const mark = `${styledError('red', 'hotpath')} ${styledError('dim', `[${oneLine(code)}]`)}${styledError('red', ':')}`;
  writeError(`${mark} ${plainLines(message)}${more}`);
};

/** A warning or a word on what is done, marked as ours. `--quiet` leaves it out. */
export const warn = (message: string): void => note(`${styledError('yellow', 'hotpath:')} ${plainLines(message)}`);
