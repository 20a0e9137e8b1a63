import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Hotpath } from '@hotpath/runtime';
import type { EndedItem, ItemRun, ItemsEnd } from '@hotpath/runtime/items';
import { asJobError, costUnknown, inputChanged, jobHalted, outputTaken } from '../errors.ts';
import { chooseModel } from '../models-to-choose.ts';
import { explainError } from '../next-step.ts';
import { howToSetUp } from '../simulated.ts';
import { recorded } from '../telemetry/record.ts';
import { createSchemaReader, readAsText } from './answer-reader.ts';
import { createAskRow } from './ask-row.ts';
import { changedSettings, describeChanges } from './changes.ts';
import { mayBegin } from './consent.ts';
import { createEstimator } from './cost.ts';
import { openInput } from './input.ts';
import { forgetOldJobs, hasBegun, type JobFiles, jobFiles } from './job-files.ts';
import { openOrderedFile } from './ordered-file.ts';
import type { Outcome } from './outcome.ts';
import { createCsvLines, createJsonLines, type OutputLines } from './output-lines.ts';
import { type Plan, planRows } from './plan.ts';
import { createQuestions, type JobSettings, type Question } from './question.ts';
import type { Job } from './read-job.ts';
import { createReport, type Report } from './report.ts';
import { readRows } from './rows.ts';
import { type Stops, watchStops } from './stops.ts';
import { createTally, type Figures } from './tally.ts';

/** Rows in memory that wait for those before them; more of them where a batch answers them all together. */
const mostAhead = { live: 10_000, economy: 20_000 };

interface Opened {
  readonly job: Job;
  readonly settings: JobSettings;
  readonly hotpath: Hotpath;
  readonly run: ItemRun<Question>;
  readonly files: JobFiles;
  readonly report: Report;
  readonly stops: Stops;
  /** What was piped in. */
  readonly keptPath: string;
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const linesFor = ({ output, includesInput }: Job, { columns }: Plan): OutputLines =>
  output.toLowerCase().endsWith('.csv')
    ? createCsvLines({ columns, includesInput })
    : createJsonLines({ includesInput });

const exitCodeOf = (end: ItemsEnd, { failed, left }: Figures, interrupted: number | undefined): number =>
  interrupted !== undefined && end.kind === 'interrupted' && left > 0 ? interrupted : failed + left > 0 ? 1 : 0;

const inOurWords = (end: ItemsEnd, { job, files }: Opened): ItemsEnd => {
  if (end.kind !== 'broken') return end;
  const [error, keepError] = [end.error, end.keepError].map((one) => asJobError(one, job.output, files.journal));
  return { ...end, error, keepError };
};

/** For the history of all runs. */
const recordOf = ({ job, settings, files }: Opened, journal: Parameters<ItemRun<Question>['run']>[1]['journal']) => ({
  name: `batch ${basename(job.output)}`,
  journal,
  inputs: { rows: job.path, output: job.output, ...settings },
  alongside: [files.input],
  again: `hotpath batch ${job.path} --output ${job.output}`,
});

const runOpened = async (opened: Opened): Promise<number> => {
  const { job, settings, hotpath, run, report, stops, keptPath } = opened;
  const { retriesFailed, isDryRun, maxCostUsd, deadlineMs, maxTokens } = job;
  const { finishing, stopping } = stops;
  const runtime = await import('@hotpath/runtime');
  const input = await openInput(job.path, job.format, keptPath, finishing);
  const questionOf = createQuestions(input.name, settings);
  const questions = async function* (): AsyncGenerator<Question> {
    for await (const row of readRows(input.name, input.format, input.read())) yield questionOf(row);
  };
  const version = input.version();
  const targets = await hotpath.router.targetsOf(settings.model);
  const estimator = createEstimator({
    prices: hotpath.prices,
    targets,
    maxTokens,
    isEconomy: deadlineMs !== undefined,
    runtime,
  });
  const plan = await planRows({
    questions,
    name: input.name,
    run,
    estimator,
    retriesFailed,
    onRow: (row) => {
      finishing.throwIfAborted();
      report.reading(row);
    },
  });
  if (maxCostUsd !== undefined && plan.costUsd === undefined) throw costUnknown(targets);
  await report.plan(plan, settings.model);
  if (isDryRun) return 0;
  const changes = describeChanges(changedSettings(run.inputs, settings), run.unused());
  if (changes !== undefined) report.warn(changes);
  const budgetUsd = maxCostUsd === undefined ? undefined : Math.max(0, maxCostUsd - run.spentUsd());
  if (!(await mayBegin({ plan, budgetUsd, isSure: job.isSure, signal: finishing }))) {
    if (stops.exitCode() === undefined) report.warn('nothing was asked.');
    return stops.exitCode() ?? 1;
  }
  if (input.version() !== version) throw inputChanged(input.name);

  const { openRunJournal } = await import('@hotpath/runtime/items');
  const journal = await openRunJournal(hotpath.folders);
  const file = openOrderedFile(job.output);
  const tally = createTally(plan.rows);
  const lines = linesFor(job, plan);
  report.start(tally);
  try {
    if (lines.head !== '') file.write(lines.head);
    const { end: over } = await run.run(questions, {
      ...recordOf(opened, journal),
      ...createAskRow(hotpath.router, {
        ...settings,
        schema: job.schema,
        cache: job.cache,
        deadlineAt: deadlineMs === undefined ? undefined : Date.now() + deadlineMs,
        readAnswer: job.schema === undefined ? readAsText : await createSchemaReader(job.schema),
      }),
      sink: {
        line: ({ value, output }) => lines.line(value, output as Outcome),
        write: file.write,
        finish: file.finish,
      },
      concurrency: job.concurrency,
      mostAhead: deadlineMs === undefined ? mostAhead.live : mostAhead.economy,
      retryFailed: retriesFailed,
      maxCostUsd: budgetUsd,
      estimateUsd: (question) => estimator.estimate(question).costUsd ?? 0,
      finishing,
      signal: stopping,
      onEnd: ({ value, output, isReused }: EndedItem<Question>) => {
        const outcome = output as Outcome;
        if (!isReused && outcome.usage !== undefined) estimator.learn(outcome.usage.outputTokens);
        tally.add(outcome, isReused);
        if (!isReused) report.row(value.row, outcome);
      },
      onLost: tally.pay,
      onBroken: report.broken,
    });
    const end = inOurWords(over, opened);
    const figures = tally.figures();
    if (end.kind === 'complete' && figures.left !== 0) throw inputChanged(input.name);
    await report.end(end, figures);
    if (end.kind === 'broken') throw end.error;
    if (hotpath.simulated) report.warn(`these answers are simulated, because no provider is set up. ${howToSetUp}`);
    if (end.kind === 'halted') throw jobHalted(explainError(end.error));
    return exitCodeOf(end, figures, stops.exitCode());
  } finally {
    file.close();
    journal.close();
  }
};

/** Runs a job, or what earlier runs have left of it, to its exit code. `left` aborts when nobody reads standard output. */
export const runJob = async (job: Job, left: AbortSignal): Promise<number> => {
  const report = createReport(job);
  const stops = watchStops(left, report.finishing);
  let hotpath: Hotpath | undefined;
  let run: ItemRun<Question> | undefined;
  let files: JobFiles | undefined;
  let temporary: string | undefined;
  try {
    const { createHotpath } = await import('@hotpath/runtime');
    hotpath = await createHotpath(undefined, { configFile: job.configFile, warmCache: false });
    for (const { code, message } of hotpath.warnings) if (code === 'CACHE_UNAVAILABLE') report.warn(message);
    const model = job.model ?? (await chooseModel(hotpath));
    files = jobFiles(hotpath.folders.state, job.output);
    forgetOldJobs(files.folder);
    const isBegun = hasBegun(files);
    if (!isBegun && !job.isDryRun && !job.restarts && isThere(job.output)) throw outputTaken(job.output);
    // To ask for an estimate leaves nothing behind.
    if (job.isDryRun && !isBegun) temporary = join(tmpdir(), `hotpath-batch-${process.pid}.input`);
    const { openItemRun } = await import('@hotpath/runtime/items');
    run = openItemRun<Question>({
      path: job.isDryRun && (!isBegun || job.restarts) ? undefined : files.journal,
      keyOf: ({ hash }) => hash,
      restart: job.restarts,
    });
    const { template, system, maxTokens, temperature, schema } = job;
    const settings = { model, template, system, maxTokens, temperature, schema };
    const opened = { job, settings, hotpath, run, files, report, stops, keptPath: temporary ?? files.input };
    return await recorded({ command: 'batch', hotpath, isLong: true, tell: report.warn, isJson: job.json }, () =>
      runOpened(opened),
    );
  } catch (error) {
    if (hotpath !== undefined) await (await import('../meant-model.ts')).nameMeantModel(error, hotpath);
    const interrupted = stops.exitCode();
    if (interrupted !== undefined && stops.finishing.reason === error) return interrupted;
    throw asJobError(error, job.output, files?.journal);
  } finally {
    report.clear();
    stops.dispose();
    run?.close();
    if (temporary !== undefined) rmSync(temporary, { force: true });
    await hotpath?.close();
  }
};
