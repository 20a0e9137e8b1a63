import { jsonInvalid } from '../errors/documents.ts';
import { skipSpace, skipString } from './scan.ts';

/** The same, comments and commas before a closing bracket made spaces: all stays in its place. */
const withoutComments = (text: string): string => {
  const chunks: string[] = [];
  let kept = 0;
  const blank = (from: number, to: number): void => {
    chunks.push(text.slice(kept, from), text.slice(from, to).replace(/[^\r\n]/g, ' '));
    kept = to;
  };
  const interesting = /["/,]/g;
  for (let found = interesting.exec(text); found !== null; found = interesting.exec(text)) {
    const { index: at } = found;
    if (found[0] === '"') interesting.lastIndex = skipString(text, at);
    else if (found[0] === ',') {
      const next = skipSpace(text, at + 1);
      if (text[next] === '}' || text[next] === ']') blank(at, at + 1);
    } else {
      const end = skipSpace(text, at);
      // A lone slash: no comment, and no JSON.
      if (text[at + 1] !== '/' && text[at + 1] !== '*') return text;
      blank(at, end);
      interesting.lastIndex = end;
    }
  }
  return chunks.join('') + text.slice(kept);
};

const token =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** Where text stops to be JSON, and what was wanted there: engines say it for some faults only, and each in its own words. */
const findFault = (text: string): { readonly offset: number; readonly wanted: string } => {
  const open: string[] = [];
  let wanted: 'a value' | 'a key' | '":"' | 'the end' | '"," or "}"' | '"," or "]"' = 'a value';
  /** Right after an opening bracket, it may close at once. */
  let mayClose = false;
  const afterValue = (): typeof wanted => {
    if (open.length === 0) return 'the end';
    return open.at(-1) === '{' ? '"," or "}"' : '"," or "]"';
  };
  token.lastIndex = 0;
  for (;;) {
    const from = token.lastIndex;
    const [all = '', sign, string, scalar] = token.exec(text) ?? [];
    const fault = { offset: from + (/^[ \t\r\n]*/.exec(text.slice(from, from + 1_000))?.[0].length ?? 0), wanted };
    if (all === '' || wanted === 'the end') return fault;
    const isClosing = sign === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
    if (isClosing && (mayClose || wanted.startsWith('","'))) {
      open.pop();
      wanted = afterValue();
      mayClose = false;
    } else if (wanted === 'a key' && string !== undefined) [wanted, mayClose] = ['":"', false];
    else if (wanted === '":"' && sign === ':') wanted = 'a value';
    else if (wanted.startsWith('","') && sign === ',') wanted = open.at(-1) === '{' ? 'a key' : 'a value';
    else if (wanted === 'a value' && (sign === '{' || sign === '[')) {
      open.push(sign);
      [wanted, mayClose] = [sign === '{' ? 'a key' : 'a value', true];
    } else if (wanted === 'a value' && (string ?? scalar) !== undefined) [wanted, mayClose] = [afterValue(), false];
    else return fault;
  }
};

/** Reads a document, with comments or without. Throws `BATCH_JSON_INVALID` with line and column. */
export const parseDocument = (document: string, text: string): unknown => {
  const bare = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  try {
    return JSON.parse(bare);
  } catch {
    const blanked = withoutComments(bare);
    try {
      return JSON.parse(blanked);
    } catch (cause) {
      const { offset, wanted } = findFault(blanked);
      const before = blanked.slice(0, offset).split('\n');
      throw jsonInvalid(document, before.length, (before.at(-1)?.length ?? 0) + 1, wanted, cause);
    }
  }
};
