import { findProblems } from '../workflow/check.ts';
import type { Step } from '../workflow/step.ts';
import { checkNames, type KnownNames } from './check-names.ts';
import { checkReferences } from './check-references.ts';
import { checkTouches } from './check-touches.ts';
import { checkBudgets, checkHeads } from './check-within.ts';
import { draftWorkflow } from './draft.ts';
import { type Finding, type Fix, finding, type Keys, pointerOf } from './finding.ts';
import type { World } from './world.ts';

export interface ValidateOptions extends KnownNames {
  /** What the workflow is to be given. @default nothing */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  /** What one run of a model step is expected to cost, US dollars; `undefined` where that is not known. @default not known */
  readonly estimateCostUsd?: ((step: Step) => number | undefined) | undefined;
  /** How many steps are to run at once. @default what the workflow says, or 4 */
  readonly concurrency?: number | undefined;
}

const isThere = (document: unknown, keys: Keys): boolean =>
  keys.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[key],
    document,
  ) !== undefined;

const order = { error: 0, warning: 1 } as const;

/**
 * Looks for everything that will go wrong, before anything has run: all findings at once, errors first, each with what to do and, where
 * that can be said, with an edit that does it. The workflow may be one that is not in order.
 */
export const validate = async (
  workflow: unknown,
  world: World,
  options: ValidateOptions = {},
): Promise<readonly Finding[]> => {
  const problems = findProblems(workflow);
  const schema = problems.map(({ keys, step, message, meant }) => {
    const own = [...keys.slice(0, -1), meant ?? ''];
    const path = pointerOf(own);
    const fix: Fix | undefined =
      meant === undefined || isThere(workflow, own)
        ? undefined
        : {
            description: `Write "${meant}" for "${keys.at(-1)}".`,
            isSafe: true,
            edit: [{ op: 'move', from: pointerOf(keys), path }],
          };
    return finding('BATCH_WORKFLOW_INVALID', 'error', { step, keys }, message, fix);
  });
  const draft = await draftWorkflow(workflow, undefined, problems);
  const findings = [
    ...schema,
    ...draft.findings,
    ...checkReferences(draft, workflow, options.inputs ?? {}),
    ...(await checkNames(draft, world, options)),
    ...(await checkTouches(draft, world)),
    ...checkHeads(draft, options.concurrency),
    ...(options.estimateCostUsd === undefined ? [] : checkBudgets(draft, options.estimateCostUsd)),
  ];
  return findings.sort((a, b) => order[a.severity] - order[b.severity]);
};
