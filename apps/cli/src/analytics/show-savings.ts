import type { SavingsReport } from '@hotpath/runtime/analytics';
import { showCount, showUsd } from '../figures.ts';
import { writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { condensed, showFigures, showFilter, showMany, showPeriod, showShare, sparkline } from './text.ts';

const barsInTable = 30;
const names = {
  cache: 'cache',
  coalescing: 'coalescing',
  prompt_cache: 'prompt caches of providers',
  batch: 'batch prices',
} as const;

const render = (answer: SavingsReport): string => {
  const saved = showFigures(
    ['saved by', 'over time', 'saved', 'share', 'requests'],
    answer.savings.map(({ kind, usd, share, requests, usdByInterval }) => [
      names[kind],
      sparkline(condensed(usdByInterval, barsInTable)),
      showUsd(usd),
      showShare(share),
      requests === null ? '–' : showCount(requests),
    ]),
    2,
  );
  const missed = answer.missed.map(({ kind, requests, usd, tokens, about }) => {
    const amount = usd === null ? (tokens === null ? '' : `${showMany(tokens)} tokens, `) : `${showUsd(usd)}, `;
    return `  ${kind.replace('_', ' ')}: ${amount}${showCount(requests)} requests. ${about}\n`;
  });
  const than =
    answer.share === null ? 'nothing is known to have cost anything' : `${showShare(answer.share)} less than without`;
  const told = `${showUsd(answer.savedUsd)} saved, ${showUsd(answer.spentUsd)} spent: ${than}`;
  return `${showPeriod(answer)}${showFilter(answer.where)}\n\n${told}\n\n${saved}${
    missed.length === 0 ? '' : `\nNot saved\n${missed.join('')}`
  }`;
};

/** Resolves to the exit code. */
export const showSavings = (flags: ReportFlags): Promise<number> =>
  withEvents(flags, 'analytics savings', async ({ analytics, store, where, explainNothing }) => {
    const period = readPeriod(flags, 'analytics savings', Date.now());
    const answer = analytics.savings(store, { ...period, where });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.savedUsd === 0 && answer.spentUsd === 0 && answer.missed.length === 0) explainNothing();
    else {
      await writeOut(render(answer));
      tellBegin(period, answer);
    }
    return 0;
  });
