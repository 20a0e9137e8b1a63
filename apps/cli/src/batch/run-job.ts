import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hotpath } from '@hotpath/runtime';
import { costUnknown, inputChanged, jobHalted, outputTaken } from '../errors.ts';
import { chooseModel } from '../models-to-choose.ts';
import { howToSetUp } from '../simulated.ts';
import { createSchemaReader, readAsText } from './answer-reader.ts';
import { createAskRow } from './ask-row.ts';
import { changedSettings, describeChanges, rememberSettings } from './changes.ts';
import { mayBegin } from './consent.ts';
import { createEstimator } from './cost.ts';
import { openInput } from './input.ts';
import { forgetOldJobs, jobFiles } from './job-files.ts';
import { hasJournal, type Journal, openJournal } from './journal.ts';
import { type OrderedFile, openOrderedFile } from './ordered-file.ts';
import { createCsvLines, createJsonLines, type OutputLines } from './output-lines.ts';
import { type Plan, planRows } from './plan.ts';
import { createQuestions, type JobSettings, type Question } from './question.ts';
import type { Job } from './read-job.ts';
import { createReport, type Report } from './report.ts';
import { readRows } from './rows.ts';
import { type RunEnd, runRows } from './run-rows.ts';
import { type Stops, watchStops } from './stops.ts';
import { createTally, type Figures } from './tally.ts';

/** Rows in memory that wait for those before them; more of them where a batch answers them all together. */
const mostAhead = { live: 10_000, economy: 20_000 };

interface Opened {
  readonly job: Job;
  readonly settings: JobSettings;
  readonly hotpath: Hotpath;
  readonly journal: Journal;
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

const exitCodeOf = (end: RunEnd, { failed, left }: Figures, interrupted: number | undefined): number =>
  interrupted !== undefined && end.kind === 'interrupted' && left > 0 ? interrupted : failed + left > 0 ? 1 : 0;

/** What cannot be written to the end leaves the rest to the next run. */
const finishFile = (file: Pick<OrderedFile, 'finish'>, end: RunEnd): RunEnd => {
  try {
    file.finish();
    return end;
  } catch (error) {
    return { kind: 'broken', error, unkept: 0 };
  }
};

const runOpened = async ({ job, settings, hotpath, journal, report, stops, keptPath }: Opened): Promise<number> => {
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
    questions: questions(),
    name: input.name,
    journal,
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
  const changes = describeChanges(changedSettings(journal, settings), journal.unused());
  if (changes !== undefined) report.warn(changes);
  const budgetUsd = maxCostUsd === undefined ? undefined : Math.max(0, maxCostUsd - journal.spentUsd());
  if (!(await mayBegin({ plan, budgetUsd, isSure: job.isSure, signal: finishing }))) {
    if (stops.exitCode() === undefined) report.warn('nothing was asked.');
    return stops.exitCode() ?? 1;
  }
  if (input.version() !== version) throw inputChanged(input.name);
  rememberSettings(journal, settings);

  const file = openOrderedFile(job.output);
  const tally = createTally(plan.rows);
  report.start(tally);
  try {
    const ran = await runRows({
      questions: questions(),
      journal,
      file,
      lines: linesFor(job, plan),
      ask: createAskRow(hotpath.router, {
        ...settings,
        schema: job.schema,
        cache: job.cache,
        deadlineAt: deadlineMs === undefined ? undefined : Date.now() + deadlineMs,
        readAnswer: job.schema === undefined ? readAsText : await createSchemaReader(job.schema),
      }),
      estimator,
      concurrency: job.concurrency,
      mostAhead: deadlineMs === undefined ? mostAhead.live : mostAhead.economy,
      retriesFailed,
      budgetUsd,
      finishing,
      stopping,
      onRow: ({ row }, outcome, isKept) => {
        tally.add(outcome, isKept);
        if (!isKept) report.row(row, outcome);
      },
      onPaid: tally.pay,
      onBroken: report.broken,
    });
    const figures = tally.figures();
    if (ran.kind === 'complete' && figures.left !== 0) throw inputChanged(input.name);
    const end = figures.left === 0 && ran.kind !== 'broken' ? finishFile(file, ran) : ran;
    await report.end(end, figures);
    if (end.kind === 'broken') throw end.error;
    if (hotpath.simulated) report.warn(`these answers are simulated, because no provider is set up. ${howToSetUp}`);
    if (end.kind === 'halted') throw jobHalted(end);
    return exitCodeOf(end, figures, stops.exitCode());
  } finally {
    file.close();
  }
};

/** Runs a job, or what earlier runs have left of it, to its exit code. `left` aborts when nobody reads standard output. */
export const runJob = async (job: Job, left: AbortSignal): Promise<number> => {
  const report = createReport(job);
  const stops = watchStops(left, report.finishing);
  let hotpath: Hotpath | undefined;
  let journal: Journal | undefined;
  let temporary: string | undefined;
  try {
    const { createHotpath } = await import('@hotpath/runtime');
    hotpath = await createHotpath(undefined, { configFile: job.configFile, warmCache: false });
    for (const { code, message } of hotpath.warnings) if (code === 'CACHE_UNAVAILABLE') report.warn(message);
    const model = job.model ?? (await chooseModel(hotpath));
    const files = jobFiles(hotpath.folders.state, job.output);
    forgetOldJobs(files.folder);
    const hasBegun = hasJournal(files.journal);
    if (!hasBegun && !job.isDryRun && !job.restarts && isThere(job.output)) throw outputTaken(job.output);
    // To ask for an estimate leaves nothing behind.
    if (job.isDryRun && !hasBegun) temporary = join(tmpdir(), `hotpath-batch-${process.pid}.input`);
    journal = openJournal(job.isDryRun && (!hasBegun || job.restarts) ? ':memory:' : files.journal, job.output, {
      restart: job.restarts,
    });
    const { template, system, maxTokens, temperature, schema } = job;
    const settings = { model, template, system, maxTokens, temperature, schema };
    return await runOpened({ job, settings, hotpath, journal, report, stops, keptPath: temporary ?? files.input });
  } catch (error) {
    if (hotpath !== undefined) await (await import('../meant-model.ts')).nameMeantModel(error, hotpath);
    const interrupted = stops.exitCode();
    if (interrupted !== undefined && stops.finishing.reason === error) return interrupted;
    throw error;
  } finally {
    report.clear();
    stops.dispose();
    journal?.close();
    if (temporary !== undefined) rmSync(temporary, { force: true });
    await hotpath?.close();
  }
};
