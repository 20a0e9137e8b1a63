import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
// @boundaries-ignore the scripts belong to the repository, not to a package
import type { StepResult } from '../../scripts/checks/run-step.ts';
// @boundaries-ignore the scripts belong to the repository, not to a package
import { type Step, steps, stepsNamed } from '../../scripts/checks/steps.ts';
// @boundaries-ignore the scripts belong to the repository, not to a package
import { failureHeadline, judge, summary } from '../../scripts/checks/summary.ts';
// @boundaries-ignore the scripts belong to the repository, not to a package
import type { Totals } from '../../scripts/checks/totals-reporter.ts';

const step = (id: string, title: string): Step => ({ id, title, commands: [], fast: true });
const types: StepResult = { step: step('types', 'types'), code: 0, durationMs: 1_234, output: '' };
const unit: StepResult = { step: step('unit', 'tests'), code: 1, durationMs: 10_000, output: '' };

const totals = (fields: Partial<Totals> = {}): Totals => ({
  files: { passed: 2, failed: 1 },
  tests: { passed: 10, failed: 3, skipped: 1 },
  skipped: [],
  empty: [],
  ...fields,
});

describe('the summary of all checks', () => {
  it('shows each step with its time, what did not run, and the tests of all runs together', () => {
    const text = summary([types, unit], [step('publish', 'packed packages')], [totals(), totals()]);
    expect(stripVTControlCharacters(text)).toBe(`
✓ types                            1.2 s
✗ tests                           10.0 s
- packed packages                not run
  all together                    11.2 s

 Test Files  2 failed | 4 passed (6)
      Tests  6 failed | 20 passed | 2 skipped (28)`);
  });

  it('leaves the tests out where none ran', () => {
    expect(summary([types], [], [])).not.toContain('Tests');
  });

  it('tells how to run a failed step alone', () => {
    expect(failureHeadline(unit)).toContain('tests failed (exit code 1). To run it alone: npm test -- --only unit');
  });
});

describe('tests that did not run', () => {
  const skipped = [
    { file: 'a.test.ts', name: 'needs redis', reason: 'no redis-server here' },
    { file: 'b.test.ts', name: 'forgotten', reason: undefined },
  ];

  it('are listed with their reason', () => {
    const { lines, problems } = judge([totals({ skipped })], { isWhole: true, isCi: false });
    expect(lines).toEqual([
      '  skipped: a.test.ts > needs redis: no redis-server here',
      '  skipped: b.test.ts > forgotten: no reason given',
    ]);
    expect(problems).toEqual([]);
  });

  it('are a problem in CI where they give none', () => {
    const { problems } = judge([totals({ skipped })], { isWhole: true, isCi: true });
    expect(problems).toEqual([expect.stringContaining('1 tests were skipped without a reason')]);
    const [reasoned] = skipped;
    if (reasoned === undefined) throw new Error('unreachable');
    expect(judge([totals({ skipped: [reasoned] })], { isWhole: true, isCi: true }).problems).toEqual([]);
  });

  it('are a problem everywhere where a whole project has none, unless only some were asked for', () => {
    const runs = [totals({ empty: ['contract'] })];
    expect(judge(runs, { isWhole: true, isCi: false }).problems).toEqual([expect.stringContaining('contract')]);
    expect(judge(runs, { isWhole: false, isCi: true }).problems).toEqual([]);
  });
});

describe('steps by name', () => {
  const named = (...ids: readonly string[]): readonly string[] => stepsNamed(ids).map(({ id }) => id);

  it('come in their own order, with the build where one looks at it', () => {
    expect(named('types', 'format')).toEqual(['format', 'types']);
    expect(named('unit')).toEqual(['build', 'unit']);
  });

  it('have names of their own', () => {
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });
});
