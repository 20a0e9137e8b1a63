import { styledOut } from './terminal.ts';

/** A table under a heading, each column as wide as its longest cell. */
export const renderColumns = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const render = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[styledOut('bold', render(heading)), ...rows.map(render)].join('\n')}\n`;
};
