/** Columns to lay text out for: those of the terminal, 80 elsewhere. */
export const outputColumns = (): number => Math.max(40, process.stdout.columns ?? 80);

/** Breaks a text at its spaces into lines of at most so many columns. A word that is longer stays whole. */
export const wrap = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** Names and values in two columns, each value within the width that is left. */
export const showWrapped = (rows: readonly (readonly [name: string, value: string])[], indent = ''): string => {
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
  const margin = indent.length + width;
  const left = Math.max(20, outputColumns() - margin);
  return rows
    .map(([name, value]) => {
      const [first = '', ...more] = wrap(value, left);
      return `${`${indent}${name.padEnd(width)}${first}`.trimEnd()}\n${more.map((line) => `${' '.repeat(margin)}${line}\n`).join('')}`;
    })
    .join('');
};
