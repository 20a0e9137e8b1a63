import { formatPath } from '../workflow/problem.ts';

export type FindingCode =
  | 'BATCH_WORKFLOW_INVALID'
  | 'BATCH_FIELD_UNUSED'
  | 'BATCH_STEP_UNKNOWN'
  | 'BATCH_CYCLE'
  | 'BATCH_EXPRESSION_INVALID'
  | 'BATCH_REFERENCE_UNKNOWN'
  | 'BATCH_TYPE_MISMATCH'
  | 'BATCH_INPUT_MISSING'
  | 'BATCH_INPUT_INVALID'
  | 'BATCH_WHEN_NEVER'
  | 'BATCH_MAP_INVALID'
  | 'BATCH_WRITE_CONFLICT'
  | 'BATCH_ORDER_ASSUMED'
  | 'BATCH_READ_TOO_EARLY'
  | 'BATCH_FILE_MISSING'
  | 'BATCH_COMMAND_UNKNOWN'
  | 'BATCH_AGENT_UNKNOWN'
  | 'BATCH_FUNCTION_UNKNOWN'
  | 'BATCH_MODEL_UNKNOWN'
  | 'BATCH_RESOURCE_TOO_MUCH'
  | 'BATCH_BUDGET'
  | 'BATCH_DISK_FULL'
  | 'BATCH_WORKFLOW_UNREADABLE';

/** An operation of JSON Patch (RFC 6902) on the workflow as it is written. */
export type Edit =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

export interface Fix {
  /** Says what it does, as "Depend on "build"." */
  readonly description: string;
  /** Whether it can do no harm: it makes nothing run that would not have run, nor anything else. */
  readonly isSafe: boolean;
  readonly edit: readonly Edit[];
}

/** Something that will go wrong, or may. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  /** Id of the step concerned, with those it is within, as `review/fix`. */
  readonly step?: string | undefined;
  /** As `steps[3].dependencies[0]`. */
  readonly field?: string | undefined;
  /** Says what is wrong, and what to do. */
  readonly message: string;
  readonly fix?: Fix | undefined;
}

export type Keys = readonly (string | number)[];

/** A JSON Pointer (RFC 6901). */
export const pointerOf = (keys: Keys): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export const finding = (
  code: FindingCode,
  severity: Finding['severity'],
  where: { readonly step?: string | undefined; readonly keys?: Keys },
  message: string,
  fix?: Fix,
): Finding => ({
  code,
  severity,
  ...(where.step !== undefined && { step: where.step }),
  ...(where.keys !== undefined && { field: formatPath(where.keys) }),
  message,
  ...(fix !== undefined && { fix }),
});
