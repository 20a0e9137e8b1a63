import { BatchError, reasonOf } from '../errors.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import { type InferredEdge, inferDependencies } from '../graph/infer.ts';
import { type StepTouches, touchesOf } from '../graph/step-touches.ts';
import { findProblems } from '../workflow/check.ts';
import { type Dependency, templatesOf } from '../workflow/compile.ts';
import { type Expression, expressionParser } from '../workflow/expression.ts';
import { kindOf } from '../workflow/kind.ts';
import type { WorkflowProblem } from '../workflow/problem.ts';
import type { Step, StepKind, Workflow } from '../workflow/step.ts';
import { bareExpression, parseTemplate } from '../workflow/template.ts';
import { type Finding, finding, type Keys } from './finding.ts';

/** An expression, with the field it stands in. */
export interface Placed {
  readonly expression: Expression;
  readonly keys: Keys;
}

export interface DraftStep {
  readonly step: Step;
  readonly id: string;
  /** With the ids of what it is within. */
  readonly name: string;
  readonly kind: StepKind;
  /** Where it stands in the document. */
  readonly keys: Keys;
  readonly expressions: readonly Placed[];
  readonly when: Expression | undefined;
  readonly map: Expression | undefined;
  readonly touches: StepTouches;
  readonly inner: Draft | undefined;
}

/** A workflow as far as it can be understood: what is wrong is in `findings`, and left out. */
export interface Draft {
  readonly workflow: Workflow;
  readonly keys: Keys;
  readonly steps: readonly DraftStep[];
  readonly numbers: ReadonlyMap<string, number>;
  /** Of all steps, also of those that are not understood. */
  readonly ids: readonly string[];
  readonly graph: Graph;
  readonly inferred: readonly InferredEdge[];
  /** Circles that were broken to get an order, each with the edges it is made of. */
  readonly cycles: readonly (readonly Dependency[])[];
  readonly findings: readonly Finding[];
}

const maxCycles = 20;

/** Takes an edge out of every circle, until there is an order. */
const breakCycles = (
  size: number,
  declared: readonly Dependency[],
): { graph: Graph; cycles: readonly (readonly Dependency[])[] } => {
  let edges = declared;
  const cycles: Dependency[][] = [];
  for (;;)
    try {
      return { graph: createGraph(size, edges, String), cycles };
    } catch (error) {
      if (!BatchError.isInstance(error) || error.via === undefined) throw error;
      const via = error.via.map(Number);
      const cycle = via.map((from, at) => {
        const to = via[(at + 1) % via.length];
        // What a template needs says more than the list of dependencies.
        const own = edges.filter((edge) => edge.from === from && edge.to === to);
        return (own.find(({ why }) => why === 'template') ?? own[0]) as Dependency;
      });
      if (cycles.length < maxCycles) cycles.push(cycle);
      const out = cycle.find(({ why }) => why === 'declared') ?? (cycle[0] as Dependency);
      edges = edges.filter(({ from, to }) => from !== out.from || to !== out.to);
    }
};

/** Reads a workflow for checking. `problems` are those of the whole document. */
export const draftWorkflow = async (
  value: unknown,
  above: { readonly keys: Keys; readonly name: string } = { keys: [], name: '' },
  problems: readonly WorkflowProblem[] = findProblems(value),
): Promise<Draft> => {
  const parse = expressionParser(await import('@actions/expressions'));
  const workflow = (typeof value === 'object' && value !== null ? value : {}) as Workflow;
  const broken = new Set(problems.map(({ keys }) => keys.slice(0, above.keys.length + 2).join('\n')));
  const listed: readonly Step[] = Array.isArray(workflow.steps) ? workflow.steps : [];
  const findings: Finding[] = [];
  const steps: DraftStep[] = [];

  for (const [at, step] of listed.entries()) {
    const keys = [...above.keys, 'steps', at];
    if (broken.has(keys.join('\n'))) continue;
    const name = above.name + step.id;
    const expressions: Placed[] = [];
    const attempt = <Value>(own: Keys, make: () => Value): Value | undefined => {
      try {
        return make();
      } catch (error) {
        findings.push(finding('BATCH_EXPRESSION_INVALID', 'error', { step: name, keys: own }, reasonOf(error)));
        return undefined;
      }
    };
    const bare = (field: 'when' | 'map'): Expression | undefined => {
      const text = step[field];
      if (typeof text !== 'string') return undefined;
      const expression = attempt([...keys, field], () => parse(bareExpression(text)));
      if (expression !== undefined) expressions.push({ expression, keys: [...keys, field] });
      return expression;
    };
    const visit = (member: unknown, own: Keys): void => {
      if (typeof member === 'string')
        for (const expression of attempt(own, () => parseTemplate(member, parse))?.expressions ?? [])
          expressions.push({ expression, keys: own });
      else if (typeof member === 'object' && member !== null)
        for (const [key, child] of Object.entries(member)) {
          if (!Array.isArray(member)) visit(key, [...own, key]);
          visit(child, [...own, Array.isArray(member) ? Number(key) : key]);
        }
    };
    const [when, map] = [bare('when'), bare('map')];
    visit(templatesOf(step), keys);
    let inner: Draft | undefined;
    if ('workflow' in step && typeof step.workflow === 'object')
      inner = await draftWorkflow(step.workflow, { keys: [...keys, 'workflow'], name: `${name}/` }, problems);
    const touches = touchesOf(
      step,
      inner?.steps.map((each) => each.touches),
    );
    steps.push({ step, id: step.id, name, kind: kindOf(step), keys, expressions, when, map, touches, inner });
    findings.push(...(inner?.findings ?? []));
  }

  const numbers = new Map(steps.map(({ id }, number) => [id, number]));
  const declared = steps.flatMap(({ step, expressions }, to): Dependency[] => {
    const named = [
      ...(step.dependencies ?? []).map((name) => [name, 'declared'] as const),
      ...expressions.flatMap(({ expression }) => expression.steps.map((name) => [name, 'template'] as const)),
    ];
    return named.flatMap(([name, why]) => {
      const from = numbers.get(name);
      return from === undefined ? [] : [{ from, to, kind: 'needs', why } as const];
    });
  });
  const { graph: declaredGraph, cycles } = breakCycles(steps.length, declared);
  const inferred = inferDependencies(
    declaredGraph,
    steps.map(({ touches }) => touches),
  );
  const edges = declared.filter(
    ({ from, to }) =>
      cycles.length === 0 ||
      declaredGraph.target.subarray(declaredGraph.firstEdge[from], declaredGraph.firstEdge[from + 1]).includes(to),
  );
  const graph = createGraph(steps.length, [...edges, ...inferred], String);
  const ids = listed.flatMap((step) => (typeof step?.id === 'string' ? [step.id] : []));
  return { workflow, keys: above.keys, steps, numbers, ids, graph, inferred, cycles, findings };
};
