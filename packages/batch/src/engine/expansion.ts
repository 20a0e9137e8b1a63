import { expansionFailed } from '../errors/run.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import type { ResourceLimits } from '../run/pools.ts';
import type { Schedule } from '../run/schedule.ts';
import type { CompiledWorkflow } from '../workflow/compile.ts';
import { newNode, newScope, type RunNode } from './nodes.ts';
import type { Past } from './past.ts';
import type { Recorder } from './recorder.ts';

export interface ExpansionOptions {
  readonly schedule: Schedule;
  /** All of the run, by number. New ones are added. */
  readonly nodes: RunNode[];
  readonly recorder: Pick<Recorder, 'publish' | 'of' | 'end'>;
  readonly past: Pick<Past, 'costWithin'>;
  /** How many steps of the run are at work at once. */
  readonly concurrency: number;
  /** Those of the schedule. How many steps of a workflow within may be at work at once is added. */
  readonly limits: Record<string, ResourceLimits>;
}

/** Puts many steps in the place of one. */
export interface Expansion {
  /** One for each item of a list that is not empty. */
  items(node: RunNode, list: readonly unknown[]): void;
  /** Those of a workflow that has some. */
  workflow(node: RunNode, inner: CompiledWorkflow, inputs: Readonly<Record<string, unknown>>): void;
  /** All of them have ended; returns why the step they stood for has failed, if it has. */
  end(node: RunNode): unknown;
}

/** One step alone, for each item of a list. */
const single: Graph = createGraph(1, [], () => '');

export const createExpansion = (options: ExpansionOptions): Expansion => {
  const { schedule, nodes, recorder, past, limits } = options;
  const expand = (node: RunNode, graph: Graph, children: readonly RunNode[]): void => {
    node.children = children;
    for (const child of children) nodes.push(child);
    schedule.expand(node.number, graph, children.length / graph.size);
    recorder.publish(() => ({ type: 'step-expand', ...recorder.of(node), steps: children.length }));
  };
  return {
    items(node, list) {
      const { compiled, scope, number: parent } = node;
      const first = schedule.size;
      const children = list.map((item, index) => {
        const name = `${node.name}[${index}]`;
        return newNode({ number: first + index, name, compiled, scope, parent, item, index, isItem: true });
      });
      expand(node, single, children);
    },
    workflow(node, inner, inputs) {
      const { concurrency: slots, maxCostUsd } = inner.workflow;
      // No resource that somebody names begins so.
      const own = `\0${node.name}`;
      const isBound = slots !== undefined && slots < options.concurrency;
      if (isBound) limits[own] = { slots };
      const spentUsd = maxCostUsd === undefined ? 0 : past.costWithin(node.name);
      const scope = newScope(inner, inputs, { spentUsd, resources: isBound ? [own] : [] }, node);
      const first = schedule.size;
      const children = inner.steps.map((compiled, at) =>
        newNode({ number: first + at, name: `${node.name}/${compiled.id}`, compiled, scope, parent: node.number }),
      );
      expand(node, inner.graph, children);
    },
    end(node) {
      const { children = [] } = node;
      const lost = children.filter((child) => !['succeeded', 'skipped'].includes(schedule.stateOf(child.number)));
      if (lost.length > 0) return expansionFailed(node.name, lost.length, children.length);
      node.output =
        children[0]?.isItem === true
          ? children.map(({ output }) => output)
          : Object.fromEntries(children.map((child) => [child.compiled.id, child.output]));
      recorder.end(node, 'succeeded');
      return undefined;
    },
  };
};
