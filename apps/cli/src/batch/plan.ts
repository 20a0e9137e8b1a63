import { inputEmpty } from '../errors.ts';
import { roundUsd, showCount, showUsd } from '../figures.ts';
import type { Estimator } from './cost.ts';
import type { Journal } from './journal.ts';
import type { Question } from './question.ts';

/** What lies ahead of a run. */
export interface Plan {
  readonly rows: number;
  /** Rows that have an answer from earlier runs. */
  readonly answered: number;
  /** Rows that have failed before, and stay so. */
  readonly failed: number;
  /** Rows under way when the last run ended: nobody knows whether they were answered, and they are asked again. */
  readonly unknown: number;
  readonly toAsk: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars for all that is to be asked; absent where no price is known. */
  readonly costUsd?: number;
  /** Every name of a column, in the order of their coming. */
  readonly columns: readonly string[];
}

export interface PlanOptions {
  readonly questions: AsyncIterable<Question>;
  readonly name: string;
  readonly journal: Pick<Journal, 'plan' | 'planned'>;
  readonly estimator: Pick<Estimator, 'estimate'>;
  readonly retriesFailed: boolean;
  readonly onRow: (row: number) => void;
}

/** A table for spreadsheets has no more columns than this. */
const mostColumns = 1_000;

/** Reads all rows once: each is found fit to be asked before the first is paid for. Throws for one that is not. */
export const planRows = async (options: PlanOptions): Promise<Plan> => {
  const { questions, name, journal, estimator, retriesFailed, onRow } = options;
  const columns = new Set<string>();
  const plan = { rows: 0, answered: 0, failed: 0, unknown: 0, toAsk: 0, inputTokens: 0, outputTokens: 0 };
  let costUsd: number | undefined = 0;
  for await (const question of questions) {
    plan.rows += 1;
    onRow(plan.rows);
    if (columns.size < mostColumns) for (const column of Object.keys(question.columns)) columns.add(column);
    const state = journal.plan(question);
    if (state === 'answered') plan.answered += 1;
    else if (state === 'failed' && !retriesFailed) plan.failed += 1;
    else {
      if (state === 'asked') plan.unknown += 1;
      const estimate = estimator.estimate(question);
      plan.toAsk += 1;
      plan.inputTokens += estimate.inputTokens;
      plan.outputTokens += estimate.outputTokens;
      costUsd = costUsd === undefined || estimate.costUsd === undefined ? undefined : costUsd + estimate.costUsd;
    }
  }
  journal.planned();
  if (plan.rows === 0) throw inputEmpty(name);
  return { ...plan, columns: [...columns], ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }) };
};

/** `about $0.12`, or that nobody knows. */
export const showCost = ({ costUsd }: Pick<Plan, 'costUsd'>): string =>
  costUsd === undefined ? 'a cost that nobody knows (no price for the model)' : `about ${showUsd(costUsd)}`;

/** The plan for a reader, in lines of 80 columns. */
export const describePlan = (
  plan: Plan,
  { model, output, lane }: { model: string; output: string; lane: string },
): string => {
  const { rows, answered, failed, unknown, toAsk, inputTokens, outputTokens } = plan;
  const before = [
    ...(answered > 0 ? [`${showCount(answered)} answered before`] : []),
    ...(failed > 0 ? [`${showCount(failed)} failed before`] : []),
    ...(unknown > 0 ? [`${showCount(unknown)} under way when the last run ended`] : []),
  ];
  return [
    `${showCount(rows)} ${rows === 1 ? 'row' : 'rows'}${before.length > 0 ? ` (${before.join(', ')})` : ''}`,
    `${showCount(toAsk)} to ask ${model}${lane}`,
    `${showCount(inputTokens)} tokens in, ${showCount(outputTokens)} out at a guess: ${showCost(plan)}`,
    `answers go to ${output}`,
  ].join('\n');
};
