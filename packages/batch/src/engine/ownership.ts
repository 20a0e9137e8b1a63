import { createReachability } from '../graph/analysis.ts';
import type { Graph } from '../graph/graph.ts';
import { covers, parseTouch } from '../graph/touch.ts';
import type { RunNode } from './nodes.ts';

/** Knows which step changed what, so that no two that run in any order change the same. */
export interface Ownership {
  /** What of it the step has not declared. What a step names in a field of its own, as a file to edit, is declared by that. */
  undeclared(node: RunNode, touched: readonly string[]): readonly string[];
  /** Books changes; returns the step that changed the same and that neither comes before this one nor after it. */
  claim(node: RunNode, touched: readonly string[]): { readonly other: string; readonly path: string } | undefined;
}

export const createOwnership = (nodeAt: (number: number) => RunNode): Ownership => {
  /** The last steps to change a file, with where in it. */
  const owners = new Map<string, { readonly node: RunNode; readonly text: string }[]>();
  const orders = new Map<Graph, (from: number, to: number) => boolean>();
  const isBefore = (graph: Graph, from: number, to: number): boolean => {
    const known = orders.get(graph) ?? createReachability(graph);
    orders.set(graph, known);
    return known(from, to);
  };

  const above = (node: RunNode): readonly RunNode[] => {
    const chain = [node];
    for (let at = node; at.parent >= 0; ) {
      at = nodeAt(at.parent);
      chain.unshift(at);
    }
    return chain;
  };
  /** Whether one comes after the other, told where they part. */
  const isOrdered = (a: RunNode, b: RunNode): boolean => {
    const [first, second] = [above(a), above(b)];
    let at = 0;
    while (at < first.length && at < second.length && first[at] === second[at]) at += 1;
    const [left, right] = [first[at], second[at]];
    // One is within the other.
    if (left === undefined || right === undefined) return true;
    if (left.isItem && right.isItem && left.parent === right.parent) return false;
    const { graph, steps } = left.scope.compiled;
    const [from, to] = [steps.indexOf(left.compiled), steps.indexOf(right.compiled)];
    return isBefore(graph, from, to) || isBefore(graph, to, from);
  };

  return {
    undeclared(node, touched) {
      const { step } = node.compiled;
      const own = [
        ...above(node).flatMap(({ compiled }) => compiled.step.writes ?? []),
        ...('file' in step || 'json' in step ? touched : []),
      ].map(parseTouch);
      return touched.filter((text) => !own.some((declared) => covers(declared, parseTouch(text))));
    },
    claim(node, touched) {
      for (const text of touched) {
        const { path, name } = parseTouch(text);
        const key = name === undefined ? path : text;
        const known = owners.get(key) ?? [];
        const other = known.find(
          (owner) =>
            owner.node !== node &&
            (covers(parseTouch(owner.text), parseTouch(text)) || covers(parseTouch(text), parseTouch(owner.text))) &&
            !isOrdered(owner.node, node),
        );
        if (other !== undefined) return { other: other.node.name, path: text };
        owners.set(key, [...known.filter((owner) => owner.node !== node || owner.text !== text), { node, text }]);
      }
      return undefined;
    },
  };
};
