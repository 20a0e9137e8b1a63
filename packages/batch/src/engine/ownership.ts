import { createReachability } from '../graph/analysis.ts';
import type { Graph } from '../graph/graph.ts';
import { covers, parseTouch, type Touch, touchesMeet } from '../graph/touch.ts';
import type { RunNode } from './nodes.ts';

/** Knows which step changed what, so that no two that run in any order change the same. */
export interface Ownership {
  /** What of it the step has not declared. What a step names in a field of its own, as a file to edit, is declared by that. */
  undeclared(node: RunNode, touched: readonly string[]): readonly string[];
  /**
   * Books changes; returns the step that changed the same, something within or something around it, and that neither comes before this
   * one nor after it. That a folder is made is said by a `/` at its end: several may do so, and fill it.
   */
  claim(node: RunNode, touched: readonly string[]): { readonly other: string; readonly path: string } | undefined;
}

/** Who changed one thing. Whoever changes it comes after all that have done so, and stands for them from then on. */
interface Owners {
  last: RunNode | undefined;
  /** Have made it as a folder since. */
  readonly makers: Set<RunNode>;
  /** Have changed something within it since. */
  readonly within: Set<RunNode>;
}

/** From the outside in: folders, the file, and places in it. */
const chainOf = ({ name, path, pointer }: Touch): readonly string[] => {
  const chain: string[] = [];
  for (const part of name === undefined ? path.split('/') : [`name:${name}`])
    chain.push(`${chain.at(-1) ?? ''}/${part}`);
  for (const token of pointer.split('/').slice(1)) chain.push(`${chain.at(-1) ?? ''}#${token}`);
  return chain;
};

const makesFolder = (text: string): boolean => text.endsWith('/') && !text.includes('#/');

export const createOwnership = (nodeAt: (number: number) => RunNode): Ownership => {
  const known = new Map<string, Owners>();
  const ownersOf = (key: string): Owners => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const owners: Owners = { last: undefined, makers: new Set(), within: new Set() };
    known.set(key, owners);
    return owners;
  };
  const orders = new Map<Graph, (from: number, to: number) => boolean>();
  const isBefore = (graph: Graph, from: number, to: number): boolean => {
    const isReached = orders.get(graph) ?? createReachability(graph);
    orders.set(graph, isReached);
    return isReached(from, to);
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
      const isDeclared = (text: string): boolean => {
        const touch = parseTouch(text);
        // A folder that is made for what is declared goes without saying.
        return own.some((each) => covers(each, touch) || (makesFolder(text) && touchesMeet(each, touch)));
      };
      return touched.filter((text) => !isDeclared(text));
    },
    claim(node, touched) {
      for (const text of touched) {
        const around = chainOf(parseTouch(text)).map(ownersOf);
        const own = around.pop() as Owners;
        const isMaker = makesFolder(text);
        const others = [
          ...around.map(({ last }) => last),
          own.last,
          ...(isMaker ? [] : [...own.makers, ...own.within]),
        ];
        const other = others.find((each) => each !== undefined && each !== node && !isOrdered(each, node));
        if (other !== undefined) return { other: other.name, path: text };
        for (const folder of around) folder.within.add(node);
        if (isMaker) own.makers.add(node);
        else {
          own.last = node;
          own.makers.clear();
          own.within.clear();
        }
      }
      return undefined;
    },
  };
};
