// `npm test` and `npm run check`: every check in order, up to the first that fails.
//
//   npm test                                  everything
//   npm test -- --only unit                   one step, or several: --only format,types
//   npm test -- --only unit cache -t expires  further arguments go to vitest
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStep, type StepResult } from './checks/run-step.ts';
import { type Step, steps, stepsNamed } from './checks/steps.ts';
import { failureHeadline, judge, stepLine, summary } from './checks/summary.ts';
import type { Totals } from './checks/totals-reporter.ts';

const refuse = (message: string): never => {
  console.error(message);
  process.exit(2);
};

/** Takes `--only a,b` or `--only=a,b` out of the arguments; what is left is vitest's. */
const readArguments = (args: readonly string[]) => {
  const index = args.findIndex((arg) => arg === '--only' || arg.startsWith('--only='));
  if (index === -1) return { only: undefined, rest: args };
  const isJoined = args[index] !== '--only';
  const value = isJoined ? args[index]?.slice('--only='.length) : args[index + 1];
  const only = (value ?? '').split(',').filter((id) => id !== '');
  return { only, rest: [...args.slice(0, index), ...args.slice(index + (isJoined ? 1 : 2))] };
};

const [mode, ...args] = process.argv.slice(2);
const { only, rest } = readArguments(args);
const ids = steps.map((step) => step.id).join(', ');
const unknown = only?.find((id) => !steps.some((step) => step.id === id));
if (unknown !== undefined || only?.length === 0) refuse(`There is no step "${unknown ?? ''}". Steps: ${ids}.`);
const chosen = only === undefined ? steps.filter((step) => mode === 'test' || step.fast) : stepsNamed(only);
if (rest.length > 0 && !chosen.every((step) => step.tests || step.id === 'build')) {
  refuse(`"${rest.join(' ')}" is for vitest: say which tests, as in npm test -- --only unit ${rest.join(' ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'hotpath-checks-'));
const totalsPath = join(folder, 'totals.jsonl');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let interruptedBy: 'SIGINT' | 'SIGTERM' | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The running command is in our process group and hears it too.
  process.on(signal, () => {
    interruptedBy = signal;
  });
}

const readTotals = (): Totals[] => {
  try {
    return readFileSync(totalsPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Totals);
  } catch {
    return [];
  }
};

const results: StepResult[] = [];
for (const step of chosen) {
  const result = await runStep(step, rest, totalsPath);
  if (interruptedBy !== undefined) {
    console.error('\nStopped.');
    process.exit(128 + constants.signals[interruptedBy]);
  }
  results.push(result);
  if (result.code !== 0) console.log(result.output);
  console.log(stepLine(result));
  if (result.code !== 0) break;
}

const failed = results.find((result) => result.code !== 0);
const runs = readTotals();
const notRun: readonly Step[] = chosen.slice(results.length);
const { lines, problems } = judge(runs, {
  isWhole: rest.length === 0 && failed === undefined,
  isCi: Boolean(process.env.CI) && process.env.CI !== 'false',
});
for (const line of lines) console.log(line);
for (const problem of problems) console.log(`\n✗ ${problem}`);
if (failed !== undefined) console.log(failureHeadline(failed));
console.log(summary(results, notRun, runs));
if (failed !== undefined || problems.length > 0) process.exitCode = 1;
