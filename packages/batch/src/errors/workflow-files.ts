import { BatchError } from '../errors.ts';
import type { WorkflowProblem } from '../workflow/problem.ts';

const placeOf = ({ line, column }: { line?: number | undefined; column?: number | undefined }): string =>
  line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;

export const workflowInvalid = (problems: readonly WorkflowProblem[], file?: string): BatchError => {
  const most = 50;
  const lines = problems.slice(0, most).map((problem) => {
    const place = `${file ?? ''}${placeOf(problem)}`;
    const where = [place, problem.path, problem.step === undefined ? '' : `(step "${problem.step}")`];
    return `  ${where.filter((part) => part !== '').join(' ')}: ${problem.message}`;
  });
  const more = problems.length > most ? [`  and ${problems.length - most} more`] : [];
  return new BatchError('BATCH_WORKFLOW_INVALID', [`The workflow is not in order:`, ...lines, ...more].join('\n'), {
    path: file,
    step: problems[0]?.step,
    field: problems[0]?.path,
    line: problems[0]?.line,
    column: problems[0]?.column,
    problems,
  });
};

export const workflowUnreadable = (
  file: string,
  reason: string,
  fields: { line?: number | undefined; column?: number | undefined; cause?: unknown } = {},
): BatchError =>
  new BatchError('BATCH_WORKFLOW_UNREADABLE', `${file}${placeOf(fields)} cannot be read: ${reason}`, {
    path: file,
    ...fields,
  });

export const workflowCycle = (files: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_WORKFLOW_CYCLE',
    `These workflows run each other in a circle: ${files.join(' -> ')}. Take one of these steps out.`,
    { path: files[0], via: files },
  );

export const workflowNotLoaded = (step: string, file: string): BatchError =>
  new BatchError(
    'BATCH_WORKFLOW_UNREADABLE',
    `The step "${step}" names the workflow ${file}, which was not read. Read the workflow with loadWorkflow, which reads those within it.`,
    { step, path: file, field: 'workflow' },
  );
