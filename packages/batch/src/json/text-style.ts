/** How a text is laid out, as far as what is added to it must go by that. */
export interface TextStyle {
  /** One step of indentation; '' where all stands on one line. */
  readonly unit: string;
  readonly newline: string;
  readonly isCompact: boolean;
}

const sampleLength = 10_000;

export const styleOf = (text: string): TextStyle => {
  const sample = text.slice(0, sampleLength);
  const indented = /\n([ \t]+)[^\s]/.exec(sample)?.[1];
  // A file of one line is one that nobody has indented; an empty object on it says nothing.
  const isOneLine = !sample.trimEnd().includes('\n') && /[^\s{}[\]]/.test(sample);
  return {
    unit: indented ?? (isOneLine ? '' : '  '),
    newline: sample.includes('\r\n') ? '\r\n' : '\n',
    isCompact: isOneLine && !/[:,] /.test(sample),
  };
};

/** Lines are looked at so far: one may be all of a large file. */
const mostOfLine = 10_000;

/** White space at the beginning of the line; '' where that is far away. */
export const indentationAt = (text: string, at: number): string => {
  const from = Math.max(0, at - mostOfLine);
  const near = text.slice(from, at);
  const lineStart = near.lastIndexOf('\n') + 1;
  if (lineStart === 0 && from > 0) return '';
  return /^[ \t]*/.exec(near.slice(lineStart))?.[0] ?? '';
};

/** The white space right before a place. */
export const spaceBefore = (text: string, at: number): string => {
  let from = at;
  while (from > 0 && /\s/.test(text[from - 1] as string)) from -= 1;
  return text.slice(from, at);
};
