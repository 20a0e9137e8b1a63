import { styleText } from 'node:util';
import type { StepResult } from './run-step.ts';
import type { Step } from './steps.ts';
import type { Totals } from './totals-reporter.ts';

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)} s`;

/** One line for a step that has ended. */
export const stepLine = ({ step, code, durationMs }: StepResult): string => {
  const mark = code === 0 ? styleText('green', '✓') : styleText('red', '✗');
  return `${mark} ${step.title.padEnd(30)}${seconds(durationMs).padStart(8)}`;
};

/** What tells a reader where to look when a step failed. */
export const failureHeadline = ({ step, code }: StepResult): string =>
  styleText(
    ['red', 'bold'],
    `\n✗ ${step.title} failed (exit code ${code}). To run it alone: npm test -- --only ${step.id}`,
  );

const counts = (passed: number, failed: number, skipped: number): string => {
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return `${parts.length === 0 ? 'none' : parts.join(' | ')} (${passed + failed + skipped})`;
};

/** Tests that did not run, and why nobody has to worry; `problems` when somebody has to. */
export const judge = (runs: readonly Totals[], options: { readonly isWhole: boolean; readonly isCi: boolean }) => {
  const skipped = runs.flatMap((run) => run.skipped);
  const lines = skipped.map(({ file, name, reason }) => `  skipped: ${file} > ${name}: ${reason ?? 'no reason given'}`);
  const problems: string[] = [];
  const silent = skipped.filter(({ reason }) => reason === undefined);
  if (options.isCi && silent.length > 0) {
    problems.push(`${silent.length} tests were skipped without a reason: give one, skip('why'), or run them.`);
  }
  const empty = options.isWhole ? runs.flatMap((run) => run.empty) : [];
  if (empty.length > 0) problems.push(`No test file was found for ${empty.join(', ')}: see vitest.config.ts.`);
  return { lines, problems };
};

/** The closing summary: every step with its time, then the tests of all runs together, in vitest's words. */
export const summary = (results: readonly StepResult[], notRun: readonly Step[], runs: readonly Totals[]): string => {
  const total = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const sum = (pick: (run: Totals) => number): number => runs.reduce((all, run) => all + pick(run), 0);
  const files = counts(
    sum((run) => run.files.passed),
    sum((run) => run.files.failed),
    0,
  );
  const tests = counts(
    sum((run) => run.tests.passed),
    sum((run) => run.tests.failed),
    sum((run) => run.tests.skipped),
  );
  return [
    '',
    ...results.map(stepLine),
    ...notRun.map((step) => `- ${step.title.padEnd(30)} not run`),
    `  ${'all together'.padEnd(30)}${seconds(total).padStart(8)}`,
    ...(runs.length > 0 ? ['', ` Test Files  ${files}`, `      Tests  ${tests}`] : []),
  ].join('\n');
};
