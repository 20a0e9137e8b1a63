import type { Workflow } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';

/** What the command line says of the whole of a run. */
export interface WholeFlags {
  readonly recovery: string | undefined;
  readonly 'max-cost': number | undefined;
}

const recoveries = ['atomic', 'keep-successful', 'ask'] as const;

/** A workflow with what the command line says of the whole of it, which stands over its own words. */
export const withFlags = (
  workflow: Workflow,
  { recovery: given, 'max-cost': maxCostUsd }: WholeFlags,
  command: string,
): Workflow => {
  const recovery = recoveries.find((each) => each === given);
  if (given !== undefined && recovery === undefined)
    throw usageError(`--recovery must be one of ${recoveries.join(', ')}, not "${given}".`, command);
  return {
    ...workflow,
    ...(recovery !== undefined && { recovery }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
  };
};
