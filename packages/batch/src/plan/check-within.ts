import type { Step } from '../workflow/step.ts';
import type { Draft } from './draft.ts';
import { type Finding, finding, type Keys } from './finding.ts';

/** What model steps are expected to cost in all, those of lists once for each item where the list is written out. */
export const estimateCost = (
  steps: readonly { readonly step: Step; readonly inner?: { readonly steps: readonly unknown[] } | undefined }[],
  estimate: (step: Step) => number | undefined,
): number =>
  steps.reduce((sum, { step, inner }) => {
    const copies = Array.isArray(step.map) ? step.map.length : 1;
    const own = 'agent' in step ? (estimate(step) ?? 0) : 0;
    return sum + copies * (own + (inner === undefined ? 0 : estimateCost(inner.steps as never, estimate)));
  }, 0);

/** Budgets of a workflow and of those within it. */
export const checkBudgets = (
  { workflow, steps, keys }: Draft,
  estimate: (step: Step) => number | undefined,
  step?: string,
): Finding[] => {
  const { maxCostUsd } = workflow;
  const costUsd = typeof maxCostUsd === 'number' ? estimateCost(steps, estimate) : 0;
  const own =
    typeof maxCostUsd !== 'number' || costUsd <= maxCostUsd
      ? []
      : [
          finding(
            'BATCH_BUDGET',
            'error',
            { step, keys: [...keys, 'maxCostUsd'] },
            `Its model steps are expected to cost $${costUsd.toFixed(4)}, and maxCostUsd is $${maxCostUsd}. Raise it, or choose cheaper models.`,
          ),
        ];
  return [
    ...own,
    ...steps.flatMap(({ inner, name }) => (inner === undefined ? [] : checkBudgets(inner, estimate, name))),
  ];
};

/** What workflows within say of a run, which is said for all of it by the one that is run. */
export const checkHeads = (draft: Draft, concurrency = draft.workflow.concurrency ?? 4): Finding[] => {
  const { recovery = 'atomic' } = draft.workflow;
  const visit = ({ steps }: Draft): Finding[] =>
    steps.flatMap(({ inner, name }) => {
      if (inner === undefined) return [];
      const warn = (field: 'recovery' | 'concurrency', message: string): Finding => {
        const keys: Keys = [...inner.keys, field];
        return finding('BATCH_FIELD_UNUSED', 'warning', { step: name, keys }, message);
      };
      const own = inner.workflow;
      const findings: Finding[] = [];
      if (own.recovery !== undefined && own.recovery !== recovery)
        findings.push(
          warn(
            'recovery',
            `It is "${own.recovery}", and all of the run goes by that of the workflow that is run, which is "${recovery}". Say it there.`,
          ),
        );
      if (typeof own.concurrency === 'number' && own.concurrency > concurrency)
        findings.push(
          warn(
            'concurrency',
            `It is ${own.concurrency}, and no more than ${concurrency} steps of the run are at work at once. Raise the "concurrency" of the workflow that is run.`,
          ),
        );
      return [...findings, ...visit(inner)];
    });
  return visit(draft);
};
