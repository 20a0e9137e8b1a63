import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Family {
  readonly name: string;
  readonly help: string;
  readonly grouping: { readonly labels: Readonly<Record<string, string>> };
  readonly label?: string;
  readonly spread?: string;
}

const rowOf = ({ name, help, grouping, label, spread }: Family): string => {
  const labels = [...Object.keys(grouping.labels), ...(label === undefined ? [] : [label])];
  const told = `${spread === undefined ? '' : 'histogram; '}${help.replaceAll('|', '\\|')}`;
  return `| \`${name}\` | ${labels.map((each) => `\`${each}\``).join(', ')} | ${told} |`;
};

const module = 'packages/telemetry/src/exporters/prometheus/families.ts';
const kinds = 'packages/telemetry/src/kinds.ts';

/** Reads the metrics of kinds of events that have none of their own; what returns writes a table of them. */
export const readMetrics = async (root: string): Promise<(root: string, path: string) => string> => {
  if (!existsSync(join(root, module)))
    return (_, path) => {
      throw new Error(`${path} is missing`);
    };
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(root, path)).href);
  const { familiesOf } = (await load(module)) as { familiesOf: (kind: unknown) => readonly Family[] };
  const { eventKinds } = (await load(kinds)) as { eventKinds: readonly unknown[] };
  return (_, path) => {
    if (path !== module) throw new Error(`${path} is not where metrics are: name ${module}`);
    return ['| metric | labels | |', '|---|---|---|', ...eventKinds.flatMap(familiesOf).map(rowOf)].join('\n');
  };
};
