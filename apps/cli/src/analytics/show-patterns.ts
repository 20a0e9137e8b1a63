import type { Pattern, PatternsReport } from '@hotpath/runtime/analytics';
import { usageError } from '../errors.ts';
import { showCount, showUsd } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { named, showFigures, showFilter, showPeriod, showShare } from './text.ts';

interface PatternsFlags extends ReportFlags {
  readonly limit: number | undefined;
  readonly least: number | undefined;
  readonly ttl: string | undefined;
}

/** The most frequent, and how many there are besides. */
const first = ([most = '', ...others]: readonly string[]): string =>
  others.length === 0 ? named(most) : `${named(most)} +${others.length}`;

const byShape = (patterns: readonly Pattern[]): string =>
  showFigures(
    [
      'shape',
      'model',
      'agent',
      'requests',
      'reused',
      'repeated',
      'near',
      'cost',
      'saved',
      'missed',
      'near cost',
      'such as',
    ],
    patterns.map((pattern) => [
      pattern.shape ?? '',
      first(pattern.models),
      first(pattern.agents),
      showCount(pattern.requests),
      showShare(pattern.reused / pattern.requests),
      showCount(pattern.repeated),
      showCount(pattern.near),
      showUsd(pattern.costUsd),
      showUsd(pattern.savedUsd),
      showUsd(pattern.missedUsd),
      showUsd(pattern.nearUsd),
      pattern.example ?? '',
    ]),
    3,
  );

const bySource = (patterns: readonly Pattern[], nameOf: (key: string) => string): string =>
  showFigures(
    ['model', 'key', 'agent', 'command', 'requests', 'reused', 'bypassed', 'cost', 'saved', 'missed'],
    patterns.map((pattern) => [
      first(pattern.models),
      first(pattern.keys.map(nameOf)),
      first(pattern.agents),
      first(pattern.commands),
      showCount(pattern.requests),
      showShare(pattern.reused / pattern.requests),
      showCount(pattern.bypassed),
      showUsd(pattern.costUsd),
      showUsd(pattern.savedUsd),
      showUsd(pattern.missedUsd),
    ]),
    4,
  );

const shapeMeaning = `Repeated: paid for although the same had been answered shortly before, to the letter; a cache that keeps answers that long would have
saved what is missed. Near: paid for after one that differs in numbers, ids or spaces, in settings, model or client; the cache saves of
that what can be made the same. Such as: the last of them, which hotpath content show tells by that id where content is kept.`;
const sourceMeaning = `Prompts are not told apart here, but who asks. Missed is an estimate: had the requests that bypassed the cache asked it, as many
of them would have been answered as of the others.`;

const render = (answer: PatternsReport, nameOf: (name: string) => string): string => {
  const { basis, patterns, reused, requests, missedUsd, nearUsd, near } = answer;
  const isShape = basis === 'shape';
  const told = [
    `${showCount(reused)} of ${showCount(requests)} requests ${isShape ? 'that came again ' : ''}(${showShare(requests === 0 ? null : reused / requests)}) were answered by what had been asked before`,
    `${showUsd(missedUsd)} more could have been saved`,
    ...(near > 0 ? [`${showCount(near)} that are nearly the same cost ${showUsd(nearUsd)}`] : []),
  ];
  const table = isShape ? byShape(patterns) : bySource(patterns, nameOf);
  return `${showPeriod(answer)}${showFilter(answer.where)}\n\n${told.join('; ')}\n\n${table}\n${isShape ? shapeMeaning : sourceMeaning}\n`;
};

/** Throws a usage error. */
const readTtl = async (ttl: string | undefined): Promise<number | undefined> => {
  if (ttl === undefined) return undefined;
  const { parseDuration } = await import('@hotpath/runtime');
  const ttlMs = Number.isFinite(Number(ttl)) ? undefined : parseDuration(ttl);
  if (ttlMs !== undefined && ttlMs > 0) return ttlMs;
  throw usageError(`--ttl must be how long answers are kept, such as 24h or 7d, not "${ttl}".`, 'analytics patterns');
};

/** Resolves to the exit code. */
export const showPatterns = (flags: PatternsFlags): Promise<number> =>
  withEvents(flags, 'analytics patterns', async ({ analytics, store, where, keyNames, explainNothing }) => {
    const period = readPeriod(flags, 'analytics patterns', Date.now());
    const ttlMs = await readTtl(flags.ttl);
    const answer = analytics.patterns(store, { ...period, where, limit: flags.limit, atLeast: flags.least, ttlMs });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.patterns.length > 0) {
      await writeOut(render(answer, (await keyNames()).nameOf));
      tellBegin(period, answer);
      if (answer.others > 0) note(`There are ${showCount(answer.others)} more: --limit shows them.`);
    } else if (answer.basis === 'shape')
      note('No prompt came so often in that time: ask for more of it with --days, or for less often with --least.');
    else explainNothing();
    return 0;
  });
