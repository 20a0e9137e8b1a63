import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';
import { quietForeignCpu, type Round } from './rounds.ts';

export type Cell = string | number;

export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes?: readonly string[];
}

export interface BenchResult {
  readonly name: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly command: string;
  /** Whether the machine was quiet enough for the absolute figures to count. */
  readonly clean: boolean;
  /** Why it was not. */
  readonly noise: readonly string[];
  readonly tables: readonly Table[];
  readonly raw: Readonly<Record<string, unknown>>;
}

const quietLoadPerCore = 0.25;

/** What speaks against calling a run clean. */
export const noiseOf = (machine: Machine, rounds: readonly Round<unknown>[]): string[] => {
  const noisy = rounds.filter((round) => round.foreignCpu > quietForeignCpu);
  const worst = Math.max(0, ...noisy.map((round) => round.foreignCpu));
  return [
    ...(machine.load > quietLoadPerCore * machine.cores
      ? [
          `The load average was ${machine.load} before the first round; ${quietLoadPerCore * machine.cores} or less is quiet.`,
        ]
      : []),
    ...(noisy.length > 0
      ? [
          `In ${noisy.length} of ${rounds.length} windows other processes took more than ${quietForeignCpu * 100}% of a core, at worst ${Math.round(worst * 100)}%.`,
        ]
      : []),
  ];
};

/** Writes `bench/results/<name>.json`. Resolves to its path. */
export const writeResult = async (result: BenchResult): Promise<string> => {
  const folder = fileURLToPath(new URL('../results', import.meta.url));
  const path = `${folder}/${result.name}.json`;
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
};

const shown = (cell: Cell): string =>
  typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 3 }) : cell;

const tableText = (table: Table): string => {
  const grid = [table.columns, ...table.rows.map((row) => row.map(shown))];
  const widths = table.columns.map((_, column) => Math.max(...grid.map((row) => row[column]?.length ?? 0)));
  const lines = grid.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [table.title, rule, lines[0], rule, ...lines.slice(1), ...(table.notes ?? []).map((note) => `  ${note}`)].join(
    '\n',
  );
};

/** A result for people. */
export const resultText = (result: BenchResult): string => {
  const { machine } = result;
  return [
    `${result.name} · ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, Node ${machine.node}, load ${machine.load}`,
    ...result.tables.map((table) => `\n${tableText(table)}`),
    `\n${result.clean ? 'The machine was quiet.' : `Not a clean run; compare sides, not absolutes. ${result.noise.join(' ')}`}`,
  ].join('\n');
};
