import { confirm } from '../confirm.ts';
import { costUnconfirmed } from '../errors.ts';
import { type Plan, showCost } from './plan.ts';

export interface ConsentOptions {
  readonly plan: Plan;
  /** What may still be spent, US dollars. */
  readonly budgetUsd: number | undefined;
  readonly isSure: boolean;
  readonly signal: AbortSignal;
}

/**
 * Whether the rows may be asked. What costs nothing may. Where nobody can be asked, only what stays below a limit may, else
 * throws `CLI_CONFIRMATION_MISSING`.
 */
export const mayBegin = async ({ plan, budgetUsd, isSure, signal }: ConsentOptions): Promise<boolean> => {
  const { toAsk, costUsd } = plan;
  if (isSure || toAsk === 0 || costUsd === 0) return true;
  if (process.stdin.isTTY !== true) {
    if (costUsd !== undefined && budgetUsd !== undefined && costUsd <= budgetUsd) return true;
    throw costUnconfirmed(`this may cost ${showCost(plan)}`);
  }
  try {
    return await confirm({
      what: 'asking',
      question: `Ask ${toAsk === 1 ? 'it' : 'them'}?`,
      command: 'batch',
      signal,
    });
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
};
