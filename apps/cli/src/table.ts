import { oneLine } from './plain-text.ts';
import { styledOut } from './terminal.ts';

/** A table under a heading, each column as wide as its longest cell. Cells are texts without styles. */
export const renderColumns = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = rows.map((row) => row.map(oneLine));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...lines.map((row) => row[column]?.length ?? 0)),
  );
  const render = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[styledOut('bold', render(heading)), ...lines.map(render)].join('\n')}\n`;
};
