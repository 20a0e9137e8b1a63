import type { Top, TopOrder } from '@hotpath/runtime/analytics';
import { usageError } from '../errors.ts';
import { showCount, showUsd } from '../figures.ts';
import { nearest } from '../nearest.ts';
import { note, writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { named, showFigures, showFilter, showMany, showMs, showOverflow, showPeriod, showShare } from './text.ts';

interface TopFlags extends ReportFlags {
  readonly by: readonly string[];
  readonly order: string | undefined;
  readonly limit: number | undefined;
}

const command = 'analytics top';

const readOrder = (order: string | undefined, orders: readonly TopOrder[]): TopOrder | undefined => {
  const found = orders.find((each) => each === order);
  if (order === undefined || found !== undefined) return found;
  const meant = nearest(order, orders);
  throw usageError(
    `--order must be one of ${orders.join(', ')}, not "${order}".${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    command,
  );
};

const render = (answer: Top, nameOf: (dimension: string, name: string) => string): string =>
  `${showPeriod(answer)}${showFilter(answer.where)}, by ${answer.order.replace('_', ' ')}\n\n${showFigures(
    [...answer.by, 'share', 'requests', 'failed', 'p50', 'p95', 'tokens', 'cost', 'saved'],
    answer.entries.map((entry) => [
      ...answer.by.map((name) => named(nameOf(name, entry.names[name] ?? ''))),
      showShare(entry.share),
      showCount(entry.requests),
      showShare(entry.errorRate),
      showMs(entry.durationMs?.p50),
      showMs(entry.durationMs?.p95),
      showMany(Object.values(entry.tokens).reduce((sum, each) => sum + each, 0)),
      showUsd(entry.costUsd),
      showUsd(Object.values(entry.savedUsd).reduce((sum, each) => sum + each, 0)),
    ]),
    answer.by.length,
  )}${showOverflow(answer.overflowed)}`;

/** Resolves to the exit code. */
export const showTop = (flags: TopFlags): Promise<number> =>
  withEvents(flags, command, async ({ analytics, store, where, keyNames, explainNothing }) => {
    const period = readPeriod(flags, command, Date.now());
    const answer = analytics.top(store, {
      ...period,
      where,
      order: readOrder(flags.order, analytics.topOrders),
      limit: flags.limit,
      ...(flags.by.length > 0 && { by: flags.by }),
    });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.requests === 0) explainNothing();
    else if (answer.entries.length === 0)
      note(
        `None of ${showCount(answer.requests)} requests has anything to order by ${answer.order.replace('_', ' ')}: --order requests shows them.`,
      );
    else {
      const keys = flags.by.includes('key') ? await keyNames() : undefined;
      await writeOut(render(answer, (dimension, name) => (dimension === 'key' ? (keys?.nameOf(name) ?? name) : name)));
      tellBegin(period, answer);
      if (answer.others > 0) note(`There are ${showCount(answer.others)} more: --limit shows them.`);
    }
    return 0;
  });
