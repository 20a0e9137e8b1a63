import type { RequestFigures, Summary } from '@hotpath/runtime/analytics';
import { showCount, showTable, showUsd } from '../figures.ts';
import { writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellAnomalies } from './show-anomalies.ts';
import { tellBegin } from './tell-begin.ts';
import {
  condensed,
  named,
  showChange,
  showFigures,
  showFilter,
  showMany,
  showMs,
  showPeriod,
  showShare,
  sparkline,
} from './text.ts';

const barsInTable = 14;

const withChange = (text: string, change: number | null): string =>
  change === null ? text : `${text}  ${showChange(change)}`;

const savedText = ({ savedUsd }: RequestFigures, sum: number): string => {
  const parts = [
    ['cache', savedUsd.cache],
    ['coalescing', savedUsd.coalescing],
    ['prompt caches', savedUsd.promptCache],
    ['batch prices', savedUsd.batch],
  ] as const;
  const told = parts.filter(([, usd]) => usd > 0).map(([name, usd]) => `${name} ${showUsd(usd)}`);
  return told.length === 0 ? showUsd(sum) : `${showUsd(sum)}: ${told.join(', ')}`;
};

const tokensText = ({ tokens }: RequestFigures): string => {
  const read = tokens.input + tokens.cachedInput + tokens.cacheWrite;
  const cached = tokens.cachedInput > 0 ? `, ${showMany(tokens.cachedInput)} of them from prompt caches` : '';
  const thought = tokens.reasoning > 0 ? `, ${showMany(tokens.reasoning)} thought` : '';
  return `${showMany(read)} read${cached}; ${showMany(tokens.output)} written${thought}`;
};

const render = (
  answer: Summary,
  savedOf: (figures: RequestFigures) => number,
  nameOf: (name: string) => string,
): string => {
  const { total, series, change, refused, by, before } = answer;
  const durations = total.durationMs;
  const first = total.firstTokenMs;
  const asked = total.cache.hits + total.cache.coalesced + total.cache.misses;
  const rows: (readonly [string, string])[] = [
    ['requests', `${withChange(showCount(total.requests), change.requests)}  ${sparkline(series.requests)}`],
    [
      'failed',
      `${withChange(`${showCount(total.failed)} (${showShare(total.errorRate)})`, change.errorRate)}  ${sparkline(series.failed)}`.trimEnd(),
    ],
    ...(total.left > 0 ? [['left', `${showCount(total.left)} whose client did not wait for the end`] as const] : []),
    ...(refused > 0 ? [['refused', `${showCount(refused)} before any model was asked`] as const] : []),
    [
      'duration',
      `p50 ${withChange(showMs(durations?.p50), change.p50Ms)}, p95 ${withChange(showMs(durations?.p95), change.p95Ms)}, p99 ${showMs(durations?.p99)}  ${sparkline(series.p95Ms, 'lowest')}`,
    ],
    ['first token', `p50 ${showMs(first?.p50)}, p95 ${showMs(first?.p95)}, p99 ${showMs(first?.p99)}`],
    ['tokens', tokensText(total)],
    ['cost', `${withChange(showUsd(total.costUsd), change.costUsd)}  ${sparkline(series.costUsd)}`.trimEnd()],
    ['saved', withChange(savedText(total, savedOf(total)), change.savedUsd)],
    [
      'cache',
      asked === 0
        ? 'not asked'
        : `${withChange(`${showShare(total.cache.hitRate)} of ${showCount(asked)} answered`, change.hitRate)}; ${showCount(total.cache.bypassed)} bypassed it`,
    ],
    ...answer.tiers.map(
      ({ cache, tier, hits, hitRate }) =>
        [`  ${cache}, ${tier}`, `${showShare(hitRate)} of lookups, ${showCount(hits)}`] as const,
    ),
  ];
  const leftOut = answer.tiersLeftOut === null ? '' : `\n${answer.tiersLeftOut}\n`;
  const unpriced =
    total.unpriced > 0
      ? `\n${showCount(total.unpriced)} ${total.unpriced === 1 ? 'request has' : 'requests have'} no known price or count of tokens: what they cost or saved is in no figure here. Set prices of models\nin the configuration, and have streams of chat tell their tokens by stream_options.include_usage.\n`
      : '';
  const against = before === null ? '' : '; changes are against the same time before';
  const groups =
    by === null
      ? ''
      : `\n${showFigures(
          [by, 'requests', 'over time', 'failed', 'p50', 'p95', 'first token', 'cost', 'saved', 'hit rate'],
          answer.groups.map((group) => [
            named(nameOf(group.name)),
            showCount(group.requests),
            sparkline(condensed(group.requestsByInterval, barsInTable)),
            showShare(group.errorRate),
            showMs(group.durationMs?.p50),
            showMs(group.durationMs?.p95),
            showMs(group.firstTokenMs?.p95),
            showUsd(group.costUsd),
            showUsd(savedOf(group)),
            showShare(group.cache.hitRate),
          ]),
        )}`;
  return `${showPeriod(answer)}${showFilter(answer.where)}${against}\n\n${showTable(rows)}${leftOut}${unpriced}${groups}`;
};

/** Resolves to the exit code. */
export const showSummary = (flags: ReportFlags & { readonly by: string | undefined }): Promise<number> =>
  withEvents(flags, 'analytics summary', async ({ analytics, store, where, keyNames, explainNothing }) => {
    const period = readPeriod(flags, 'analytics summary', Date.now());
    const answer = analytics.summary(store, { ...period, where, by: flags.by });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.total.requests === 0 && answer.refused === 0) explainNothing();
    else {
      const nameOf = flags.by === 'key' ? (await keyNames()).nameOf : (name: string) => name;
      // They are of all requests, whatever a filter lets through.
      const unlike = Object.keys(where).length === 0 ? tellAnomalies(analytics, store, answer) : '';
      await writeOut(`${render(answer, analytics.savedOf, nameOf)}${unlike}`);
      tellBegin(period, answer);
    }
    return 0;
  });
