import { budgetSpent } from '../errors/run.ts';
import { createSpending } from './budget.ts';
import type { RunNode } from './nodes.ts';

export interface AgentTurnsOptions {
  /** What the dearest step of earlier processes has cost. */
  readonly dearestUsd: number | undefined;
  /** What a step is expected to cost, where somebody knows. */
  readonly estimateUsd: (node: RunNode) => number | undefined;
  readonly isDelayed: (number: number) => boolean;
  /** Has a step look again whether there is enough for it. */
  readonly wake: (number: number) => void;
}

/** Lets agents of one budget begin as far as it reaches; the others wait for what these leave of it. */
export interface AgentTurns {
  /** Sets aside what an agent is expected to cost; false: it waits for others to end. Throws `BATCH_BUDGET`. */
  take(node: RunNode): boolean;
  /** What a step has cost, US dollars; `undefined`: it is not known. */
  end(node: RunNode, costUsd: number | undefined): void;
  isWaiting(node: RunNode): boolean;
}

export const createAgentTurns = ({ dearestUsd, estimateUsd, isDelayed, wake }: AgentTurnsOptions): AgentTurns => {
  const spending = createSpending(dearestUsd);
  /** The first first. */
  const waiting = new Set<number>();
  const wakeFirst = (): void => {
    for (const number of waiting) {
      if (isDelayed(number)) {
        wake(number);
        return;
      }
      waiting.delete(number);
    }
  };
  return {
    take(node) {
      const { name, number, scope } = node;
      if (scope.budgets.length === 0) return true;
      const estimate = estimateUsd(node);
      const place = spending.begin(number, scope.budgets, estimate);
      if (place === 'wait') {
        waiting.add(number);
        return false;
      }
      if (waiting.delete(number)) wakeFirst();
      if (place !== 'begun') throw budgetSpent(name, place, spending.expectedUsd(estimate));
      return true;
    },
    end({ number, scope }, costUsd) {
      if (scope.budgets.length === 0) return;
      spending.end(number, scope.budgets, costUsd);
      wakeFirst();
    },
    isWaiting: ({ number }) => waiting.has(number),
  };
};
