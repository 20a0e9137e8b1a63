import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Edit } from './finding.ts';

const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const written = (value: unknown, isJson: boolean): string =>
  isJson
    ? JSON.stringify(value)
    : stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd();

/** In the quotes of what stood there. */
const like = (node: Node, value: unknown, isJson: boolean): string | undefined => {
  if (!isScalar(node)) return undefined;
  if (typeof value === 'string' && node.type === 'QUOTE_DOUBLE') return JSON.stringify(value);
  if (typeof value === 'string' && node.type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`;
  return node.type === 'PLAIN' ? written(value, isJson) : undefined;
};

const splice = (text: string, from: number, to: number, put: string): string =>
  text.slice(0, from) + put + text.slice(to);
const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);
const isOnOneLine = (text: string, from: number, to: number): boolean => !text.slice(from, to).includes('\n');

/** After the last member of a map or list, in its own manner: on a line of its own where each stands on one. */
const append = (text: string, node: YAMLMap | YAMLSeq, member: string): string | undefined => {
  const last = node.items.at(-1) as Pair<Node, Node | null> | Node | undefined;
  const start = isMap(node) ? (last as Pair<Node> | undefined)?.key : (last as Node | undefined);
  const end = isMap(node)
    ? ((last as Pair<Node, Node | null> | undefined)?.value ?? start)
    : (last as Node | undefined);
  if (node.range == null) return undefined;
  if (node.flow === true) {
    if (start?.range == null || end?.range == null) return splice(text, node.range[0] + 1, node.range[0] + 1, member);
    const isOne = isOnOneLine(text, node.range[0], start.range[0]);
    const gap = isOne ? ' ' : `\n${' '.repeat(columnOf(text, start.range[0]))}`;
    return splice(text, end.range[1], end.range[1], `,${gap}${member}`);
  }
  if (start?.range == null || end?.range == null) return undefined;
  // The value of a block ends after its line break.
  const at = end.range[1];
  const offset = text[at - 1] === '\n' ? at - 1 : at;
  const indent = ' '.repeat(
    isSeq(node) ? columnOf(text, text.lastIndexOf('-', start.range[0])) : columnOf(text, start.range[0]),
  );
  return splice(text, offset, offset, `\n${indent}${isSeq(node) ? '- ' : ''}${member}`);
};

const pairOf = (map: Node | undefined, key: string): Pair<Node, Node | null> | undefined =>
  isMap<Node, Node | null>(map)
    ? map.items.find(({ key: name }) => isScalar(name) && String(name.value) === key)
    : undefined;

const nodeAt = (document: Document, keys: readonly string[]): Node | undefined =>
  (keys.length === 0 ? document.contents : document.getIn(keys, true)) as Node | undefined;

/** Carries out one operation on the text; `undefined` where what it is about does not stand in it. */
const applyEdit = (text: string, edit: Edit, isJson: boolean): string | undefined => {
  const document = parseDocument(text, { merge: true, logLevel: 'silent' });
  const keys = keysOf(edit.path);
  const key = keys.at(-1) as string;
  const above = nodeAt(document, keys.slice(0, -1));
  const whole = (): string =>
    isJson ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString({ lineWidth: 0 });
  if (edit.op === 'add') {
    const { value } = edit;
    if (isSeq(above) && key === '-') return append(text, above, written(value, isJson));
    if (!isMap(above) || above.has(key)) return undefined;
    return append(text, above, `${written(key, isJson)}: ${written(value, isJson)}`);
  }
  if (edit.op === 'move') {
    const from = keysOf(edit.from);
    const name = pairOf(above, from.at(-1) as string)?.key;
    // Only a field beside takes another name here.
    if (from.slice(0, -1).join('\n') !== keys.slice(0, -1).join('\n') || name?.range == null) return undefined;
    const put = like(name, key, isJson);
    return put === undefined ? undefined : splice(text, name.range[0], name.range[1], put);
  }
  const node = nodeAt(document, keys);
  if (node == null) return undefined;
  if (edit.op === 'remove') {
    document.deleteIn(keys);
    return whole();
  }
  const put = like(node, edit.value, isJson);
  if (put !== undefined && node.range != null) return splice(text, node.range[0], node.range[1], put);
  document.setIn(keys, edit.value);
  return whole();
};

/** Carries out operations on a document, which otherwise stays as it is written; `undefined`: one of them does not fit it. */
export const editText = (text: string, edits: readonly Edit[], isJson: boolean): string | undefined => {
  let edited: string | undefined = text;
  for (const edit of edits) if (edited !== undefined) edited = applyEdit(edited, edit, isJson);
  return edited;
};
