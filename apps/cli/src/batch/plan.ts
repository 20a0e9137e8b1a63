import type { ItemRun } from '@hotpath/runtime/items';
import { inputEmpty } from '../errors.ts';
import { roundUsd, showCount, showUsd } from '../figures.ts';
import type { Estimator } from './cost.ts';
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
  readonly questions: () => AsyncIterable<Question>;
  readonly name: string;
  readonly run: Pick<ItemRun<Question>, 'plan'>;
  readonly estimator: Pick<Estimator, 'estimate'>;
  readonly retriesFailed: boolean;
  readonly onRow: (row: number) => void;
}

/** A table for spreadsheets has no more columns than this. */
const mostColumns = 1_000;

/** Reads all rows once: each is found fit to be asked before the first is paid for. Throws for one that is not. */
export const planRows = async (options: PlanOptions): Promise<Plan> => {
  const { questions, name, run, estimator, retriesFailed, onRow } = options;
  const columns = new Set<string>();
  const tokens = { toAsk: 0, inputTokens: 0, outputTokens: 0 };
  let costUsd: number | undefined = 0;
  let row = 0;
  const { items, succeeded, failed, begun } = await run.plan(questions, (question, known) => {
    row += 1;
    onRow(row);
    if (columns.size < mostColumns) for (const column of Object.keys(question.columns)) columns.add(column);
    if (known === 'succeeded' || (known === 'failed' && !retriesFailed)) return;
    const estimate = estimator.estimate(question);
    tokens.toAsk += 1;
    tokens.inputTokens += estimate.inputTokens;
    tokens.outputTokens += estimate.outputTokens;
    costUsd = costUsd === undefined || estimate.costUsd === undefined ? undefined : costUsd + estimate.costUsd;
  });
  if (items === 0) throw inputEmpty(name);
  return {
    rows: items,
    answered: succeeded,
    failed: retriesFailed ? 0 : failed,
    unknown: begun,
    ...tokens,
    columns: [...columns],
    ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
  };
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
