import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The part of a results file that documents show. */
interface Results {
  readonly date: string;
  readonly machine: { readonly cpu?: string; readonly cores?: number; readonly node?: string };
  readonly command: string;
  /** Whether the machine was quiet enough for absolute figures; absent counts as yes. */
  readonly clean?: boolean;
  readonly tables: readonly {
    readonly id: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
    readonly notes?: readonly string[];
  }[];
}

const shown = (cell: string | number): string =>
  typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 3 }) : cell.replaceAll('|', '\\|');

const read = (file: string, path: string): Results => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} is not valid JSON: run the benchmark again.`, { cause });
  }
};

/** The table for a marker `results: path id`, with where and how it was measured. */
export const renderResults = (root: string, path: string, id: string | undefined): string => {
  const file = join(root, path);
  if (!existsSync(file)) {
    throw new Error(`${path} is missing: "npm run bench -- ${basename(path, '.json')}" measures and writes it.`);
  }
  const results = read(file, path);
  const table = results.tables.find((each) => each.id === id);
  if (table === undefined) {
    const ids = results.tables.map((each) => each.id).join(', ');
    throw new Error(`${path} has no table "${id ?? ''}": its tables are ${ids}.`);
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const { cpu, cores, node } = results.machine;
  const machine = [
    cpu,
    cores === undefined ? undefined : `${cores} cores`,
    node === undefined ? undefined : `Node ${node}`,
  ];
  return [
    row(table.columns),
    `|${table.columns.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`,
    ...table.rows.map((cells) => row(cells.map(shown))),
    '',
    ...(table.notes ?? []).map((note) => `- ${note}`),
    ...(table.notes?.length ? [''] : []),
    `${machine.filter((part) => part !== undefined).join(', ')}; ${results.date.slice(0, 10)}; \`${results.command}\`.${
      results.clean === false ? ' The machine was not quiet: compare the sides, not the absolute figures.' : ''
    }`,
  ].join('\n');
};
