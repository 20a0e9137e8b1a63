import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** What one vitest run came to, for the summary of all checks. */
export interface Totals {
  readonly files: { readonly passed: number; readonly failed: number };
  readonly tests: { readonly passed: number; readonly failed: number; readonly skipped: number };
  readonly skipped: readonly { readonly file: string; readonly name: string; readonly reason: string | undefined }[];
  /** Projects that were to run and had no test file. */
  readonly empty: readonly string[];
}

/** Appends the totals of a run as one JSON line to the file that `HOTPATH_TEST_TOTALS` names. Vitest wants a class. */
export default class TotalsReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env.HOTPATH_TEST_TOTALS;
    if (path === undefined) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const results = tests.map((test) => ({ test, result: test.result() }));
    const count = (state: string): number => results.filter(({ result }) => result.state === state).length;
    const failed = modules.filter((module) => module.state() === 'failed').length;
    const totals: Totals = {
      files: { passed: modules.length - failed, failed },
      tests: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
      skipped: results.flatMap(({ test, result }) =>
        result.state === 'skipped'
          ? [{ file: test.module.relativeModuleId, name: test.fullName, reason: result.note }]
          : [],
      ),
      empty: (this.#vitest?.projects ?? [])
        .map((project) => project.name)
        .filter((name) => !modules.some((module) => module.project.name === name)),
    };
    appendFileSync(path, `${JSON.stringify(totals)}\n`);
  }
}
