import type { ErrorsReport } from '@hotpath/runtime/analytics';
import { showCount, showTime } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { named, showFigures, showFilter, showPeriod, showShare } from './text.ts';

interface ErrorsFlags extends ReportFlags {
  readonly limit: number | undefined;
  readonly examples: number | undefined;
}

const headings = {
  request: 'Requests that failed',
  attempt: 'Calls to providers that failed, though their requests may have been answered all the same',
  refusal: 'Requests that were refused before any model was asked',
  command: 'Commands that failed',
  step: 'Steps of runs that failed',
} as const;
const sources = {
  request: ['provider', 'model'],
  attempt: ['provider', 'model'],
  refusal: [],
  command: ['command'],
  step: ['step'],
} as const;
const kinds = ['request', 'attempt', 'refusal', 'command', 'step'] as const;

const some = (count: number, what: string): string => `${showCount(count)} ${what}${count === 1 ? '' : 's'}`;

/** What failed of what, in a line: requests, unless there was none, and what else did. */
const told = ({ requests, failed, refused, commands, steps }: ErrorsReport): string => {
  const share = requests === 0 ? '' : `, ${showShare(failed / requests)}`;
  const others = [
    ...(refused === 0 ? [] : [`${showCount(refused)} more were refused`]),
    ...(commands.failed === 0 ? [] : [`${showCount(commands.failed)} of ${some(commands.count, 'command')} failed`]),
    ...(steps.failed === 0 ? [] : [`${showCount(steps.failed)} of ${some(steps.count, 'step')} failed`]),
  ];
  const isTold = requests > 0 || refused > 0 || others.length === 0;
  const ofRequests = isTold ? [`${showCount(failed)} of ${showCount(requests)} requests failed${share}`] : [];
  return [...ofRequests, ...others].join('; ');
};

const render = (answer: ErrorsReport): string => {
  const sections = kinds.flatMap((kind) => {
    const entries = answer.entries.filter((entry) => entry.kind === kind);
    if (entries.length === 0) return [];
    const source = sources[kind];
    const table = showFigures(
      ['code', ...source, 'last seen', 'first seen', 'count', 'share'],
      entries.map((entry) => [
        named(entry.code),
        ...source.map((name) => (name === 'provider' || name === 'model' ? entry[name] : named(entry.name))),
        showTime(entry.lastMs),
        showTime(entry.firstMs),
        showCount(entry.count),
        showShare(entry.share),
      ]),
      3 + source.length,
    );
    const examples = entries
      .filter((entry) => entry.examples.length > 0)
      .slice(0, 5)
      .map(
        (entry) =>
          `  ${named(entry.code)}${entry.model + entry.name === '' ? '' : ` of ${entry.model || entry.name}`}: ${entry.examples.join(', ')}\n`,
      );
    return [`${headings[kind]}\n${table}${examples.length === 0 ? '' : `Such as\n${examples.join('')}`}`];
  });
  return `${showPeriod(answer)}${showFilter(answer.where)}: ${told(answer)}\n\n${sections.join('\n')}`;
};

/** Resolves to the exit code. */
export const showErrors = (flags: ErrorsFlags): Promise<number> =>
  withEvents(flags, 'analytics errors', async ({ analytics, store, where, explainNothing }) => {
    const period = readPeriod(flags, 'analytics errors', Date.now());
    const answer = analytics.errors(store, { ...period, where, limit: flags.limit, examples: flags.examples });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.entries.length > 0) {
      await writeOut(render(answer));
      tellBegin(period, answer);
      if (answer.others > 0) note(`There are ${showCount(answer.others)} more kinds: --limit shows them.`);
    } else if (answer.requests > 0) {
      await writeOut(`None of ${showCount(answer.requests)} requests failed.\n`);
      tellBegin(period, answer);
    } else if (answer.commands.count > 0) {
      await writeOut(`None of ${some(answer.commands.count, 'command')} failed.\n`);
      tellBegin(period, answer);
    } else explainNothing();
    return 0;
  });
