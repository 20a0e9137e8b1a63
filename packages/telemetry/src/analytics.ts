export {
  type ComparedFigure,
  type ComparedSide,
  type CompareOptions,
  type Comparison,
  compare,
  type Verdict,
} from './analytics/compare.ts';
export { type CostQuery, type CostReport, cost } from './analytics/cost.ts';
export { type ErrorEntry, type ErrorsQuery, type ErrorsReport, errors } from './analytics/errors-report.ts';
export {
  type ExportFormat,
  type ExportPiece,
  type ExportQuery,
  exportEvents,
  exportFormats,
  textOfCsvCell,
} from './analytics/export-events.ts';
export { type Durations, type RequestFigures, savedOf } from './analytics/figures.ts';
export { type Overview, type OverviewGroup, type OverviewQuery, overview } from './analytics/overview.ts';
export type { Pattern } from './analytics/pattern.ts';
export { type PatternsQuery, type PatternsReport, patterns } from './analytics/patterns.ts';
export { type Period, type PeriodQuery, periodOf } from './analytics/period.ts';
export {
  type CommandFigures,
  type RunFigures,
  type RunsQuery,
  type RunsReport,
  runs,
  type StepFigures,
} from './analytics/runs.ts';
export { type SavingsQuery, type SavingsReport, savings } from './analytics/savings.ts';
export {
  type Snapshot,
  SnapshotBuilder,
  type SnapshotQuery,
  snapshot,
  snapshotProblem,
  snapshotSpreads,
} from './analytics/snapshot.ts';
export { type Summary, type SummaryQuery, summary } from './analytics/summary.ts';
export { type Top, type TopOrder, type TopQuery, top, topOrders } from './analytics/top.ts';
export { kindNamed } from './kinds.ts';
