import type { PatternsReport } from '@hotpath/runtime/analytics';
import { showCount, showUsd } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { named, showFigures, showFilter, showPeriod, showShare } from './text.ts';

interface PatternsFlags extends ReportFlags {
  readonly limit: number | undefined;
  readonly least: number | undefined;
}

const render = (answer: PatternsReport, nameOf: (name: string) => string): string => {
  const isShape = answer.basis === 'shape';
  const share = showShare(answer.requests === 0 ? null : answer.reused / answer.requests);
  const told = `${showCount(answer.reused)} of ${showCount(answer.requests)} requests (${share}) were answered by what had been asked before`;
  const table = showFigures(
    [
      ...(isShape ? ['shape'] : []),
      'model',
      'key',
      'command',
      'requests',
      'reused',
      'bypassed',
      'cost',
      'saved',
      'missed',
    ],
    answer.patterns.map((pattern) => [
      ...(isShape ? [(pattern.shape ?? '').slice(0, 12)] : []),
      pattern.model,
      named(nameOf(pattern.key)),
      named(pattern.command),
      showCount(pattern.requests),
      showShare(pattern.reused / pattern.requests),
      showCount(pattern.bypassed),
      showUsd(pattern.costUsd),
      showUsd(pattern.savedUsd),
      showUsd(pattern.missedUsd),
    ]),
    isShape ? 4 : 3,
  );
  const meaning = isShape
    ? 'Missed is what repetitions cost that were not answered from the cache.'
    : 'Prompts are not told apart here, but who asks. Missed is an estimate: had the requests that bypassed the cache asked it, as many\nof them would have been answered as of the others.';
  return `${showPeriod(answer)}${showFilter(answer.where)}\n\n${told}; ${showUsd(answer.missedUsd)} more could have been saved\n\n${table}\n${meaning}\n`;
};

/** Resolves to the exit code. */
export const showPatterns = (flags: PatternsFlags): Promise<number> =>
  withEvents(flags, 'analytics patterns', async ({ analytics, store, where, keyNames, explainNothing }) => {
    const period = readPeriod(flags, 'analytics patterns', Date.now());
    const answer = analytics.patterns(store, { ...period, where, limit: flags.limit, atLeast: flags.least });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.patterns.length === 0) explainNothing();
    else {
      await writeOut(render(answer, (await keyNames()).nameOf));
      if (answer.others > 0) note(`There are ${showCount(answer.others)} more: --limit shows them.`);
    }
    return 0;
  });
