import { extname } from 'node:path';
import { workflowInvalid, workflowUnreadable } from '../errors/workflow-files.ts';
import { reasonOf } from '../errors.ts';
import { findProblems } from './check.ts';
import type { Workflow } from './step.ts';

export interface ReadOptions {
  /** Named in errors; `.json` at its end means JSON, anything else YAML, of which JSON is a part. @default 'workflow' */
  readonly file?: string | undefined;
  /** @default 16 MiB */
  readonly maxBytes?: number | undefined;
}

const defaultMaxBytes = 16 * 1024 * 1024;
const maxAliases = 1_000;
/** Aliases may stand for others: what they come to when written out is bounded too. */
const maxExpandedNodes = 1_000_000;

/** How many values there are with every alias written out. */
const countNodes = (value: unknown, known = new Map<object, number>()): number => {
  if (typeof value !== 'object' || value === null) return 1;
  const found = known.get(value);
  if (found !== undefined) return found;
  // One that holds itself has no end.
  known.set(value, Number.POSITIVE_INFINITY);
  let count = 1;
  for (const member of Object.values(value)) count += countNodes(member, known);
  known.set(value, count);
  return count;
};

const parseJson = async (text: string, file: string): Promise<unknown> => {
  const { findJsonProblem } = await import('../json/syntax.ts');
  const problem = findJsonProblem(text);
  if (problem !== undefined) throw workflowUnreadable(file, `it is not valid JSON: ${problem.reason}.`, problem);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw workflowUnreadable(file, `it is not valid JSON: ${reasonOf(error)}.`, { cause: error });
  }
};

const parseYaml = async (text: string, file: string): Promise<unknown> => {
  const { CORE_SCHEMA, load, mergeTag, YAMLException } = await import('js-yaml');
  if (!/^\s*[^#\s]/m.test(text)) throw workflowUnreadable(file, 'there is nothing in it. Give it "name" and "steps".');
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA.withTags(mergeTag), maxAliases });
  } catch (error) {
    if (!(error instanceof YAMLException))
      throw workflowUnreadable(file, `it is not valid YAML: ${reasonOf(error)}.`, { cause: error });
    const { explainYaml } = await import('./yaml-syntax.ts');
    const { mark } = error;
    throw workflowUnreadable(file, `it is not valid YAML: ${explainYaml(error.reason)}`, {
      cause: error,
      ...(mark !== undefined && { line: mark.line + 1, column: mark.column + 1 }),
    });
  }
  if (countNodes(value) > maxExpandedNodes)
    throw workflowUnreadable(
      file,
      `its aliases stand for more than ${maxExpandedNodes} values, or for themselves. Write less of it by aliases.`,
    );
  return value;
};

/** Tells editors what to check by, and nothing to us. */
const withoutSchemaName = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '$schema')) return value;
  const { $schema: _, ...rest } = value as Record<string, unknown>;
  return rest;
};

/**
 * Reads a workflow from YAML or JSON. Rejects with `BATCH_WORKFLOW_UNREADABLE` for what is neither, and with
 * `BATCH_WORKFLOW_INVALID` for what is no workflow: everything that is wrong at once, each with line and column.
 */
export const readWorkflow = async (text: string, options: ReadOptions = {}): Promise<Workflow> => {
  const { file = 'workflow', maxBytes = defaultMaxBytes } = options;
  if (text.length > maxBytes)
    throw workflowUnreadable(
      file,
      `it has ${text.length} characters, and ${maxBytes} is the most. Split it into workflows that run each other, or raise maxBytes.`,
    );
  const plain = text.replace(/^\uFEFF/, '');
  const isJson = extname(file).toLowerCase() === '.json';
  const value = withoutSchemaName(isJson ? await parseJson(plain, file) : await parseYaml(plain, file));
  const problems = findProblems(value);
  if (problems.length === 0) return value as Workflow;
  const { locateProblems } = await import('./locate.ts');
  throw workflowInvalid(locateProblems(plain, problems), file);
};
