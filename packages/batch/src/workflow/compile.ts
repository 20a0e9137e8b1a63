import { stepDuplicate, stepUnknown } from '../errors/definition.ts';
import { workflowNotLoaded } from '../errors/workflow-files.ts';
import { createGraph, type Edge, type Graph } from '../graph/graph.ts';
import { inferDependencies } from '../graph/infer.ts';
import { type StepTouches, touchesOf } from '../graph/step-touches.ts';
import { type AgentsByName, withAgentSettings } from './agents.ts';
import { checkWorkflow } from './check.ts';
import { parseCommand } from './command-template.ts';
import { type Expression, expressionParser } from './expression.ts';
import { kindOf } from './kind.ts';
import type { Step, StepKind, Workflow } from './step.ts';
import { bareExpression, parsePointerTemplate, parseTemplate, type Template } from './template.ts';

/** Why a step comes after another. */
export interface Dependency extends Edge {
  readonly why: 'declared' | 'template' | 'write-read' | 'read-write' | 'write-write';
  /** The path or name that both touch. */
  readonly what?: string | undefined;
}

export interface CompiledStep {
  readonly step: Step;
  readonly id: string;
  readonly kind: StepKind;
  readonly when: Expression | undefined;
  readonly map: Expression | readonly unknown[] | undefined;
  /** Of all fields that may hold templates. */
  readonly fields: Template | undefined;
  /** What it reads and writes: as declared, and by its own fields. */
  readonly touches: StepTouches;
  /** The workflow that runs in its place. */
  readonly inner: CompiledWorkflow | undefined;
}

export interface CompiledWorkflow {
  readonly workflow: Workflow;
  readonly steps: readonly CompiledStep[];
  readonly graph: Graph;
  readonly dependencies: readonly Dependency[];
}

/** What the engine itself goes by. */
const structural = new Set([
  ...['id', 'dependencies', 'when', 'map', 'workflow', 'resources', 'reads', 'writes', 'memo'],
  ...['priority', 'durationMs', 'timeoutMs', 'retry', 'retries', 'retryDelayMs'],
]);
/** What is read before anything has run: its text is no template. */
const fixed = new Set(['call', 'schema']);

/** What a step says of its own work. */
export const fieldsOf = (step: Step): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(step).filter(([field, value]) => !structural.has(field) && typeof value !== 'function'),
  );
/** Those of its fields that may hold templates. */
export const templatesOf = (step: Step): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fieldsOf(step)).filter(([field]) => !fixed.has(field)));

const commandFields = new Set(['run', 'compensate']);

/** Reads the templates of a step's fields: in command lines values are words, in JSON Pointers segments, and elsewhere what they are. */
const parseFields = (fields: unknown, parse: (text: string) => Expression): Template | undefined => {
  const pointer = (text: string): Template | undefined => parsePointerTemplate(text, parse);
  return parseTemplate(fields, parse, {
    member: (field, value) => {
      if (commandFields.has(field) && typeof value === 'string') return parseCommand(value, parse);
      if (field === 'set') return parseTemplate(value, parse, { key: pointer });
      if (field === 'remove') return parseTemplate(value, parse, { member: (_, text) => pointer(String(text)) });
      if (field === 'otherwise')
        return parseTemplate(value, parse, { member: (_, other) => parseFields(other, parse) });
      return parseTemplate(value, parse);
    },
  });
};

const declaredEdges = (steps: readonly CompiledStep[]): Dependency[] => {
  const numbers = new Map<string, number>();
  for (const { id } of steps) {
    if (numbers.has(id)) throw stepDuplicate(id);
    numbers.set(id, numbers.size);
  }
  return steps.flatMap(({ id, step, when, map, fields }, to) => {
    const edge = (name: string, why: Dependency['why']): Dependency => {
      const from = numbers.get(name);
      if (from === undefined) throw stepUnknown(id, name, [...numbers.keys()]);
      return { from, to, kind: 'needs', why };
    };
    const expressions = [...(when === undefined ? [] : [when]), ...(fields?.expressions ?? [])];
    if (map !== undefined && 'evaluate' in map) expressions.push(map);
    return [
      ...(step.dependencies ?? []).map((name) => edge(name, 'declared')),
      ...[...new Set(expressions.flatMap(({ steps: named }) => named))].map((name) => edge(name, 'template')),
    ];
  });
};

/**
 * Reads expressions and dependencies of a workflow. Rejects with `BATCH_WORKFLOW_INVALID` for one that is not in order, else with a
 * `BatchError` for the first thing that is wrong.
 */
export const compileWorkflow = (workflow: Workflow): Promise<CompiledWorkflow> => compileWithin(workflow, {});

/** `outer`: agents of the workflows that it is within. */
const compileWithin = async (workflow: Workflow, outer: AgentsByName): Promise<CompiledWorkflow> => {
  checkWorkflow(workflow);
  const agents = { ...outer, ...workflow.agents };
  const parse = expressionParser(await import('@actions/expressions'));
  const steps = await Promise.all(
    workflow.steps.map(async (written): Promise<CompiledStep> => {
      const step = withAgentSettings(written, agents);
      const kind = kindOf(step);
      const { when, map } = step;
      const inner = 'workflow' in step ? step.workflow : undefined;
      if (typeof inner === 'string') throw workflowNotLoaded(step.id, inner);
      const within = inner === undefined ? undefined : await compileWithin(inner, agents);
      return {
        step,
        id: step.id,
        kind,
        when: when === undefined ? undefined : parse(bareExpression(when)),
        map: typeof map === 'string' ? parse(bareExpression(map)) : map,
        fields: parseFields(templatesOf(step), parse),
        touches: touchesOf(
          step,
          within?.steps.map(({ touches }) => touches),
        ),
        inner: within,
      };
    }),
  );
  const nameOf = (step: number): string => steps[step]?.id ?? '';
  const declared = declaredEdges(steps);
  const declaredGraph = createGraph(steps.length, declared, nameOf);
  const inferred = inferDependencies(
    declaredGraph,
    steps.map(({ touches }) => touches),
  );
  const dependencies = [...declared, ...inferred];
  const graph = inferred.length === 0 ? declaredGraph : createGraph(steps.length, dependencies, nameOf);
  return { workflow, steps, graph, dependencies };
};
