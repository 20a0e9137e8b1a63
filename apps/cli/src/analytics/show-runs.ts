import type { RunsReport } from '@hotpath/runtime/analytics';
import { showCount, showUsd } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';
import { withEvents } from './open-events.ts';
import { type PeriodFlags, readPeriod } from './read-time.ts';
import { tellBegin } from './tell-begin.ts';
import { named, showFigures, showMs, showPeriod, showShare } from './text.ts';

interface RunsFlags extends PeriodFlags {
  readonly limit: number | undefined;
  readonly store: string | undefined;
  readonly config: string | undefined;
  readonly json: boolean;
}

const command = 'analytics runs';

const commandTable = ({ commands }: RunsReport): string =>
  showFigures(
    ['command', 'count', 'failed', 'interrupted', 'succeeded', 'p50', 'p95', 'start p50', 'start p95'],
    commands.map((each) => [
      named(each.command),
      ...[each.count, each.failed, each.interrupted].map(showCount),
      showShare(each.successRate),
      ...[each.durationMs?.p50, each.durationMs?.p95, each.startMs?.p50, each.startMs?.p95].map(showMs),
    ]),
  );

const runTable = ({ runs }: RunsReport): string =>
  showFigures(
    [
      ...['run', 'count', 'committed', 'failed', 'undone', 'kept', 'recovered', 'paused', 'reverted', 'succeeded'],
      ...['p50', 'p95', 'cost'],
    ],
    runs.map((each) => [
      named(each.run),
      ...[each.count, each.committed, each.failed, each.undone, each.kept].map(showCount),
      ...[each.recovered, each.paused, each.reverted].map(showCount),
      showShare(each.successRate),
      ...[each.durationMs?.p50, each.durationMs?.p95].map(showMs),
      showUsd(each.costUsd),
    ]),
  );

const stepTable = ({ steps }: RunsReport): string =>
  showFigures(
    ['run', 'step', 'count', 'failed', 'reused', 'not run', 'p50', 'p95', 'cost'],
    steps.map((each) => [
      named(each.run),
      each.step,
      ...[each.count, each.failed, each.reused, each.unrun].map(showCount),
      ...[each.durationMs?.p50, each.durationMs?.p95].map(showMs),
      showUsd(each.costUsd),
    ]),
    2,
  );

const render = (report: RunsReport): string => {
  const tables = [
    ...(report.commands.length === 0 ? [] : [commandTable(report)]),
    ...(report.runs.length === 0 ? [] : [runTable(report)]),
    ...(report.steps.length === 0 ? [] : [stepTable(report)]),
  ];
  return `${showPeriod(report)}\n\n${tables.join('\n')}`;
};

/** Resolves to the exit code. */
export const showRuns = (flags: RunsFlags): Promise<number> =>
  withEvents(
    { ...flags, model: [], provider: [], key: [], where: [] },
    command,
    async ({ analytics, store, explainNothing }) => {
      const period = readPeriod(flags, command, Date.now());
      const report = analytics.runs(store, { ...period, limit: flags.limit });
      const { commands, runs, steps, others } = report;
      if (flags.json) await writeOut(`${JSON.stringify(report)}\n`);
      else if (commands.length + runs.length + steps.length === 0) explainNothing();
      else {
        await writeOut(render(report));
        tellBegin(period, report);
        const more = others.commands + others.runs + others.steps;
        if (more > 0) note(`There are ${showCount(more)} more: --limit shows them.`);
      }
      return 0;
    },
  );
