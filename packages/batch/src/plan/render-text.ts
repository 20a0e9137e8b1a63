import type { Plan } from './plan.ts';

const width = 80;
const maxFiles = 20;

const ms = (value: number): string => {
  if (value < 1_000) return `${Math.round(value)} ms`;
  return value < 60_000 ? `${(value / 1_000).toFixed(1)} s` : `${(value / 60_000).toFixed(1)} min`;
};

const cut = (text: string, most: number): string => {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(most - 3, 0)).join('')}...`;
};

/** Breaks between words; what is longer than a line stays whole, so that it can be copied. */
const wrap = (text: string, indent: string): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
};

/** Columns as wide as they must be, numbers to the right; the one that may be cut gives way. */
const table = (rows: readonly (readonly string[])[], isRight: readonly boolean[], flexible: number): string[] => {
  const widths = isRight.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  const total = widths.reduce((sum, each) => sum + each + 2, 0);
  if (total > width) widths[flexible] = Math.max(8, (widths[flexible] as number) - (total - width));
  return rows.map((row) =>
    `  ${row
      .map((cell, column) => {
        const own = widths[column] as number;
        const text = cut(cell, own);
        const space = ' '.repeat(Math.max(0, own - [...text].length));
        return isRight[column] === true ? space + text : text + space;
      })
      .join('  ')}`.trimEnd(),
  );
};

const because = ({ why, what }: Plan['dependencies'][number]): string => {
  if (why === 'declared') return 'declared';
  return why === 'template' ? 'uses its output' : `${why} ${what}`;
};

const listSteps = ({ steps }: Plan): string[] => [
  'Steps, in the order a run is equal to (* on the critical path, ~ guessed)',
  ...table(
    [
      ['', 'step', 'kind', 'starts', 'takes', 'cost'],
      ...steps.map(({ id, kind, isCritical, startsAtMs, durationMs, durationFrom, items, costUsd }) => [
        isCritical ? '*' : '',
        items === 1 ? id : `${id} (x ${items ?? '?'})`,
        kind,
        ms(startsAtMs),
        `${durationFrom === 'guessed' ? '~' : ''}${ms(durationMs)}`,
        costUsd === null ? '' : `$${costUsd.toFixed(4)}`,
      ]),
    ],
    [false, false, false, true, true, true],
    1,
  ),
];

const listFiles = ({ files }: Plan): string[] => {
  const rows = files.slice(0, maxFiles).map(({ pattern, reads, writes, files: found, isCut }) => {
    const count = Object.keys(found).length;
    const how = [...(reads.length > 0 ? ['read'] : []), ...(writes.length > 0 ? ['written'] : [])].join(', ');
    const [only] = Object.values(found);
    return [
      pattern,
      how,
      count === 0 ? 'not there' : count === 1 ? (only as string).slice(0, 12) : `${count}${isCut ? '+' : ''} files`,
    ];
  });
  if (rows.length === 0) return [];
  const more = files.length - rows.length;
  return ['', 'Files', ...table(rows, [false, false, false], 0), ...(more > 0 ? [`  and ${more} more`] : [])];
};

/** A plan for people, 80 columns wide, without colour. */
export const planToText = (plan: Plan): string => {
  const { name, hash, concurrency, steps, groups, criticalPath, makespanMs, boundMs, costUsd, dependencies, findings } =
    plan;
  const over = boundMs > 0 ? Math.round((makespanMs / boundMs - 1) * 100) : 0;
  return `${[
    `Plan of ${cut(name, width - 30)}  ${hash.slice(0, 12)}`,
    `  ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in ${groups.length} ${groups.length === 1 ? 'group' : 'independent groups'}, ${concurrency} at once`,
    `  ${ms(makespanMs)} expected, ${ms(boundMs)} at the least (+${over}%)${costUsd > 0 ? `, $${costUsd.toFixed(4)}` : ''}`,
    '',
    ...listSteps(plan),
    ...(criticalPath.length > 1 ? ['', 'Critical path', ...wrap(criticalPath.join(' > '), '  ')] : []),
    ...(dependencies.length === 0
      ? []
      : [
          '',
          'Why one waits for another',
          ...table(
            dependencies.map((each) => [each.to, 'after', each.from, because(each)]),
            [false, false, false, false],
            3,
          ),
        ]),
    ...listFiles(plan),
    ...(findings.length === 0 ? [] : ['', 'Findings']),
    ...findings.flatMap(({ severity, code, step, field, message, fix }) => [
      `  ${severity} ${code}${field === undefined ? '' : ` ${field}`}${step === undefined ? '' : ` (${step})`}`,
      ...wrap(message, '    '),
      ...(fix === undefined ? [] : wrap(`fix${fix.isSafe ? '' : ' (asks first)'}: ${fix.description}`, '    ')),
    ]),
  ].join('\n')}\n`;
};
