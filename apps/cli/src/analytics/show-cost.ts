import type { CostReport } from '@hotpath/runtime/analytics';
import { showCount, showTable, showUsd } from '../figures.ts';
import { writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { condensed, named, showFigures, showFilter, showOverflow, showPeriod, showShare, sparkline } from './text.ts';

const barsInTable = 30;

const render = (answer: CostReport, nameOf: (name: string) => string): string => {
  const { days, projection, by, groups } = answer;
  const dearest = Math.max(...days.map(({ costUsd }) => costUsd));
  const rows: (readonly [string, string])[] = [
    ['cost', `${showUsd(answer.costUsd)} for ${showCount(answer.requests)} requests`],
    ['saved', showUsd(answer.savedUsd)],
  ];
  if (answer.estimatedUsd > 0) rows.push(['estimated', `${showUsd(answer.estimatedUsd)} of the cost`]);
  if (answer.unpriced > 0)
    rows.push([
      'unpriced',
      `${showCount(answer.unpriced)} requests without a known price or count of tokens: their cost is in no figure`,
    ]);
  if (projection !== null)
    rows.push([
      projection.month,
      `${showUsd(projection.spentUsd)} so far, ${showUsd(projection.projectedUsd)} at its end (${showUsd(projection.lowUsd)} to ${showUsd(projection.highUsd)}), by the last ${projection.basisDays} whole days at ${showUsd(projection.perDayUsd)} each`,
    ]);
  const table = showFigures(
    ['day', '', 'cost', 'saved', 'requests'],
    days.map(({ day, costUsd, savedUsd, requests }) => [
      day,
      '█'.repeat(Math.round(dearest > 0 ? (costUsd / dearest) * 20 : 0)),
      showUsd(costUsd),
      showUsd(savedUsd),
      showCount(requests),
    ]),
    2,
  );
  const byName =
    by === null
      ? ''
      : `\n${showFigures(
          [by, 'by day', 'cost', 'share', 'requests'],
          groups.map((group) => [
            named(nameOf(group.name)),
            sparkline(condensed(group.costUsdByDay, barsInTable)),
            showUsd(group.costUsd),
            showShare(group.share),
            showCount(group.requests),
          ]),
          2,
        )}`;
  return `${showPeriod(answer)}${showFilter(answer.where)}\n\n${showTable(rows)}\n${table}${byName}${showOverflow(answer.overflowed)}`;
};

/** Resolves to the exit code. */
export const showCost = (flags: ReportFlags & { readonly by: string | undefined }): Promise<number> =>
  withEvents(flags, 'analytics cost', async ({ analytics, store, where, keyNames, explainNothing }) => {
    const period = readPeriod(flags, 'analytics cost', Date.now());
    const answer = analytics.cost(store, { ...period, where, by: flags.by });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.requests === 0) explainNothing();
    else {
      await writeOut(render(answer, flags.by === 'key' ? (await keyNames()).nameOf : (name) => name));
      tellBegin(period, answer);
    }
    return 0;
  });
