import type { ComparedFigure, Comparison } from '@hotpath/runtime/analytics';
import { usageError } from '../errors.ts';
import { showCount, showUsd } from '../figures.ts';
import { note, styledOut, writeOut } from '../terminal.ts';
import { withEvents } from './open-events.ts';
import { readSide } from './read-side.ts';
import { showChange, showFigures, showMs, showPeriod, showPlainShare, showShare } from './text.ts';

interface CompareFlags {
  readonly baseline: string | undefined;
  readonly current: string | undefined;
  readonly confidence: number | undefined;
  readonly tolerance: number | undefined;
  readonly 'fail-on': string | undefined;
  readonly model: readonly string[];
  readonly provider: readonly string[];
  readonly key: readonly string[];
  readonly where: readonly string[];
  readonly store: string | undefined;
  readonly config: string | undefined;
  readonly json: boolean;
}

const command = 'analytics compare';
const failures = ['worse', 'unknown'] as const;

const showValue = ({ unit }: ComparedFigure, value: number | null): string => {
  if (value === null) return '–';
  return unit === 'ms' ? showMs(value) : unit === 'share' ? showShare(value) : value.toFixed(1);
};

const showSide = (figure: ComparedFigure, side: ComparedFigure['baseline']): string =>
  side.low === null || side.high === null
    ? showValue(figure, side.value)
    : `${showValue(figure, side.value)} (${showValue(figure, side.low)} to ${showValue(figure, side.high)})`;

const showP = (p: number | null): string => (p === null ? '–' : p < 0.0001 ? '<0.0001' : p.toFixed(4));

const words = { better: 'better', worse: 'worse', same: 'no difference', unknown: 'too few' } as const;

const inAll = {
  better: 'Something is better, and nothing is worse.',
  worse: 'Something is worse.',
  same: 'There is no difference that is both sure and large enough.',
  unknown: 'There are too few requests to tell.',
} as const;

const render = (answer: Comparison): string => {
  const { baseline, current, figures, verdict, confidence, tolerance } = answer;
  const side = (name: string, { requests, costUsd, costPerRequestUsd, ...period }: Comparison['baseline']): string =>
    `${name}  ${showPeriod(period)}: ${showCount(requests)} requests, ${showUsd(costUsd)}${
      costPerRequestUsd === null ? '' : ` (${showUsd(costPerRequestUsd)} each)`
    }\n`;
  const table = showFigures(
    ['figure', 'baseline', 'current', 'change', 'effect', 'p', 'verdict'],
    figures.map((figure) => [
      figure.figure.replaceAll('_', ' '),
      showSide(figure, figure.baseline),
      showSide(figure, figure.current),
      showChange(figure.change),
      figure.effect === null ? '' : figure.effect.toFixed(2),
      showP(figure.adjustedP),
      words[figure.verdict],
    ]),
  );
  const style = verdict === 'worse' ? 'red' : verdict === 'better' ? 'green' : 'bold';
  return `${side('baseline', baseline)}${side('current ', current)}\n${table}\n${styledOut(style, inAll[verdict])} In brackets: where the true value lies with ${showPlainShare(confidence)}.\nChanges of less than ${showPlainShare(tolerance)} count as none; p is corrected for the number of figures.\n`;
};

/** Resolves to the exit code: 1 where it is as bad as `--fail-on` says. */
export const showCompare = (flags: CompareFlags): Promise<number> => {
  const failOn = flags['fail-on'];
  if (failOn !== undefined && !failures.some((each) => each === failOn))
    throw usageError(`--fail-on must be one of ${failures.join(', ')}, not "${failOn}".`, command);
  return withEvents(flags, command, async ({ analytics, store, where, explainNothing }) => {
    const options = { analytics, store, where, nowMs: Date.now(), command };
    const baseline = await readSide('baseline', flags.baseline ?? '14d..7d', options);
    const current = await readSide('current', flags.current ?? '7d', options);
    const answer = analytics.compare(baseline, current, {
      ...(flags.confidence !== undefined && { confidence: flags.confidence / 100 }),
      ...(flags.tolerance !== undefined && { tolerance: flags.tolerance / 100 }),
    });
    if (flags.json) await writeOut(`${JSON.stringify(answer)}\n`);
    else if (answer.figures.length === 0) explainNothing();
    else await writeOut(render(answer));
    const fails = failOn !== undefined && (answer.verdict === 'worse' || answer.verdict === failOn);
    if (fails && !flags.json) note(`The exit code is 1, since --fail-on ${failOn} is given.`);
    return fails ? 1 : 0;
  });
};
