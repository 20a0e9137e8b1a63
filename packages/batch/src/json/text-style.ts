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

/** White space at the beginning of the line. */
export const indentationAt = (text: string, at: number): string => {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, Math.min(at, lineStart + 1_000)))?.[0] ?? '';
};

/** The white space right before a place. */
export const spaceBefore = (text: string, at: number): string => {
  let from = at;
  while (from > 0 && /\s/.test(text[from - 1] as string)) from -= 1;
  return text.slice(from, at);
};
