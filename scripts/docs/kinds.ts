import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Kind {
  readonly name: string;
  readonly about: string;
  readonly isCounted: boolean;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, { readonly unit: string; readonly keep: string; readonly about: string }>>;
  readonly texts?: Readonly<Record<string, string>>;
}

const kept: Readonly<Record<string, string>> = {
  histogram: 'sum and spread',
  sum: 'sum',
  highest: 'the highest',
  none: 'nothing',
};

const sectionOf = ({ name, about, isCounted, dimensions, measures, texts = {} }: Kind): string => {
  const names = Object.entries(dimensions).map(([name, text]) => `| \`${name}\` | name | | ${text} |`);
  const figures = Object.entries(measures).map(
    ([name, { unit, keep, about: text }]) => `| \`${name}\` | ${unit} | ${kept[keep] ?? keep} | ${text} |`,
  );
  const own = Object.entries(texts).map(([name, text]) => `| \`${name}\` | text | | ${text} |`);
  return [
    `## ${name}`,
    '',
    isCounted ? `${about} Only counts and sums are kept, and none of the single events.` : about,
    '',
    '| | is | kept in sums | |',
    '|---|---|---|---|',
    ...names,
    ...figures,
    ...own,
  ].join('\n');
};

const module = 'packages/telemetry/src/kinds.ts';

/** Reads the kinds of events; what returns writes a section for each. */
export const readKinds = async (root: string): Promise<(root: string, path: string) => string> => {
  if (!existsSync(join(root, module)))
    return (_, path) => {
      throw new Error(`${path} is missing`);
    };
  const { eventKinds } = (await import(pathToFileURL(join(root, module)).href)) as { eventKinds: readonly Kind[] };
  return (_, path) => {
    if (path !== module) throw new Error(`${path} is not where kinds of events are: name ${module}`);
    return eventKinds.map(sectionOf).join('\n\n');
  };
};
