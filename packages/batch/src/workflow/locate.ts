import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { WorkflowProblem } from './problem.ts';

/** The node a key leads to, and the one to point at: of a field its name. */
const enter = (
  document: Document,
  node: Node | null | undefined,
  key: string | number,
): { value?: Node | undefined; shown?: Node | undefined } => {
  const own = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(own)) {
    const item = own.items[Number(key)];
    return isNode(item) ? { value: item, shown: item } : {};
  }
  if (!isMap(own)) return {};
  const pair = own.items.find(({ key: name }) => String(isScalar(name) ? name.value : name) === String(key));
  if (pair === undefined) return {};
  const { key: name, value } = pair;
  return { value: isNode(value) ? value : undefined, shown: isNode(name) ? name : undefined };
};

/**
 * Adds line and column to problems. The text is parsed a second time, by a parser that keeps places (JSON is YAML to it): only a
 * workflow that is not in order pays for that.
 */
export const locateProblems = (text: string, problems: readonly WorkflowProblem[]): readonly WorkflowProblem[] => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  return problems.map((problem) => {
    let at: Node | undefined = document.contents ?? undefined;
    let shown = at;
    for (const key of problem.keys) {
      const entered = enter(document, at, key);
      if (entered.shown === undefined) break;
      shown = entered.shown;
      at = entered.value;
    }
    const offset = shown?.range?.[0];
    if (offset === undefined) return problem;
    const { line, col } = lines.linePos(offset);
    return { ...problem, line, column: col };
  });
};
