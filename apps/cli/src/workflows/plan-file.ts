import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plan } from '@hotpath/runtime/workflows';
import { CliError, fileUnusable } from '../errors.ts';
import { isSecretName, plainInputs } from './secret-inputs.ts';

/** A plan with what it takes to carry it out. */
export interface PlanFile {
  readonly format: 'hotpath-plan';
  readonly version: 1;
  /** Absolute path of the workflow. */
  readonly workflow: string;
  /** Absolute. */
  readonly root: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of inputs that are named like secrets: they stand in no file, and are given again. */
  readonly secretInputs: readonly string[];
  readonly plan: Plan;
}

export const planFileOf = (
  workflow: string,
  root: string,
  inputs: Readonly<Record<string, unknown>>,
  plan: Plan,
): PlanFile => ({
  format: 'hotpath-plan',
  version: 1,
  workflow: resolve(workflow),
  root,
  inputs: plainInputs(inputs),
  secretInputs: Object.keys(inputs).filter(isSecretName),
  plan,
});

/** Throws `CLI_FILE_UNUSABLE` and `CLI_PLAN_INVALID`. */
export const readPlanFile = async (path: string): Promise<PlanFile> => {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileUnusable(path, error);
  });
  try {
    const value = JSON.parse(text) as Partial<PlanFile>;
    if (value.format === 'hotpath-plan' && value.version === 1 && Array.isArray(value.plan?.files))
      return value as PlanFile;
  } catch {
    // It is told what it should be.
  }
  throw new CliError('CLI_PLAN_INVALID', `${path} is no plan. Make one with: hotpath plan <workflow> -o ${path}`);
};
