import { styleText } from './node-util.ts';

type Style = Parameters<typeof styleText>[0];

/** Writes to standard output and waits until it has been taken. A reader that left is the interruption's business. */
export const writeOut = (text: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });

/** A line on standard error. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Coloured where standard output is a terminal that wants it; `NO_COLOR` is respected. */
export const styledOut = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** Coloured where standard error is a terminal that wants it; `NO_COLOR` is respected. */
export const styledError = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr });

/** One message on standard error, marked as ours. */
export const complain = (message: string): void => note(`${styledError('red', 'hotpath:')} ${message}`);
export const warn = (message: string): void => note(`${styledError('yellow', 'hotpath:')} ${message}`);
