/** An amount that steps may spend together, US dollars. */
export interface Budget {
  readonly maxUsd: number;
  spentUsd: number;
  /** Set aside for steps that are under way. */
  reservedUsd: number;
  /** How many these are. */
  underWay: number;
}

export const newBudget = (maxUsd: number, spentUsd = 0): Budget => ({ maxUsd, spentUsd, reservedUsd: 0, underWay: 0 });

/** Which steps may spend now, so that those that run at the same time do not spend together what none of them may alone. */
export interface Spending {
  /**
   * Sets aside what a step is expected to cost in each of its budgets: as estimated, or else what the dearest one has cost so far.
   * `wait`: there may be enough when others have ended; where nothing is known yet, the first goes alone. A budget: in that one
   * there is not.
   */
  begin(step: number, budgets: readonly Budget[], estimateUsd: number | undefined): 'begun' | 'wait' | Budget;
  /** What it has cost, also of a step that was not asked for beforehand; `undefined`: not known. */
  end(step: number, budgets: readonly Budget[], costUsd: number | undefined): void;
  /** What a step is taken to cost, as far as that is known. */
  expectedUsd(estimateUsd: number | undefined): number | undefined;
}

/** Sums of dollars are a little off. */
const isAbove = (sum: number, most: number): boolean => sum > most + 1e-9 * Math.max(1, most);

/** `dearestUsd`: what the dearest step of earlier processes has cost. */
export const createSpending = (dearestUsd?: number): Spending => {
  let dearest = dearestUsd;
  /** By step under way. */
  const reserved = new Map<number, number>();
  const expectedUsd = (estimateUsd: number | undefined): number | undefined => estimateUsd ?? dearest;
  return {
    expectedUsd,
    begin(step, budgets, estimateUsd) {
      const expected = expectedUsd(estimateUsd);
      const spent = budgets.find(
        (budget) => budget.spentUsd >= budget.maxUsd || isAbove(budget.spentUsd + (expected ?? 0), budget.maxUsd),
      );
      if (spent !== undefined) return spent;
      const isToWait = budgets.some(
        ({ maxUsd, spentUsd, reservedUsd, underWay: others }) =>
          others > 0 && (expected === undefined || isAbove(spentUsd + reservedUsd + expected, maxUsd)),
      );
      if (isToWait) return 'wait';
      for (const budget of budgets) {
        budget.reservedUsd += expected ?? 0;
        budget.underWay += 1;
      }
      reserved.set(step, expected ?? 0);
      return 'begun';
    },
    end(step, budgets, costUsd) {
      const reservedUsd = reserved.get(step);
      reserved.delete(step);
      for (const budget of budgets) {
        budget.spentUsd += costUsd ?? 0;
        if (reservedUsd === undefined) continue;
        budget.underWay -= 1;
        // What is left of sums that are a little off is nothing.
        budget.reservedUsd = budget.underWay === 0 ? 0 : budget.reservedUsd - reservedUsd;
      }
      if (reservedUsd !== undefined && costUsd !== undefined) dearest = Math.max(dearest ?? 0, costUsd);
    },
  };
};
