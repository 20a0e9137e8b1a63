import type { ErrorsReport } from '@hotpath/runtime/analytics';
import { showCount, showTime } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { named, showFigures, showFilter, showPeriod, showShare } from './text.ts';

interface ErrorsFlags extends ReportFlags {
  readonly limit: number | undefined;
  readonly examples: number | undefined;
}

const headings = {
  request: 'Requests that failed',
  attempt: 'Calls to providers that failed, though their requests may have been answered all the same',
  refusal: 'Requests that were refused before any model was asked',
} as const;

const render = (answer: ErrorsReport): string => {
  const sections = (['request', 'attempt', 'refusal'] as const).flatMap((kind) => {
    const entries = answer.entries.filter((entry) => entry.kind === kind);
    if (entries.length === 0) return [];
    const isRefusal = kind === 'refusal';
    const table = showFigures(
      ['code', ...(isRefusal ? [] : ['provider', 'model']), 'last seen', 'first seen', 'count', 'share'],
      entries.map((entry) => [
        named(entry.code),
        ...(isRefusal ? [] : [entry.provider, entry.model]),
        showTime(entry.lastMs),
        showTime(entry.firstMs),
        showCount(entry.count),
        showShare(entry.share),
      ]),
      isRefusal ? 3 : 5,
    );
    const examples = entries
      .filter((entry) => entry.examples.length > 0)
      .slice(0, 5)
      .map(
        (entry) => `  ${entry.code}${entry.model === '' ? '' : ` of ${entry.model}`}: ${entry.examples.join(', ')}\n`,
      );
    return [`${headings[kind]}\n${table}${examples.length === 0 ? '' : `Such as\n${examples.join('')}`}`];
  });
  const share = answer.requests === 0 ? '' : `, ${showShare(answer.failed / answer.requests)}`;
  const told = `${showCount(answer.failed)} of ${showCount(answer.requests)} requests failed${share}`;
  const refused = answer.refused === 0 ? '' : `; ${showCount(answer.refused)} more were refused`;
  return `${showPeriod(answer)}${showFilter(answer.where)}: ${told}${refused}\n\n${sections.join('\n')}`;
};

/** Resolves to the exit code. */
export const showErrors = (flags: ErrorsFlags): Promise<number> =>
  withEvents(flags, 'analytics errors', async ({ analytics, store, where, explainNothing }) => {
    const period = readPeriod(flags, 'analytics errors', Date.now());
    const answer = analytics.errors(store, { ...period, where, limit: flags.limit, examples: flags.examples });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.entries.length > 0) {
      await writeOut(render(answer));
      if (answer.others > 0) note(`There are ${showCount(answer.others)} more kinds: --limit shows them.`);
    } else if (answer.requests > 0) await writeOut(`None of ${showCount(answer.requests)} requests failed.\n`);
    else explainNothing();
    return 0;
  });
