import { jsonInvalid } from '../errors/documents.ts';
import { reasonOf } from '../errors.ts';
import { skipComment, skipSpace, skipString } from './scan.ts';
import { findJsonProblem } from './syntax.ts';

/** The same, comments and commas before a closing bracket made spaces: all stays in its place. */
const withoutComments = (text: string): string => {
  const chunks: string[] = [];
  let kept = 0;
  const blank = (from: number, to: number): void => {
    chunks.push(text.slice(kept, from), text.slice(from, to).replace(/[^\r\n]/g, ' '));
    kept = to;
  };
  /** The last bracket or comma after which something is wanted. */
  let mark = -1;
  const interesting = /["/,[{]/g;
  for (let found = interesting.exec(text); found !== null; found = interesting.exec(text)) {
    const { index: at } = found;
    if (found[0] === '"') interesting.lastIndex = skipString(text, at);
    else if (found[0] === '/') {
      // A lone slash, or a comment that does not end: no JSON.
      const isLine = text[at + 1] === '/';
      if (!isLine && (text[at + 1] !== '*' || text.indexOf('*/', at + 2) < 0)) break;
      const end = skipComment(text, at);
      blank(at, end);
      interesting.lastIndex = end;
    } else {
      const next = skipSpace(text, at + 1);
      const isLast = found[0] === ',' && (text[next] === '}' || text[next] === ']');
      // One that comes after nothing is too many.
      if (isLast && skipSpace(text, mark + 1) !== at) blank(at, at + 1);
      mark = at;
    }
  }
  return chunks.join('') + text.slice(kept);
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
      const problem = findJsonProblem(blanked, { hasRepeats: true, hadComments: true });
      throw jsonInvalid(document, problem ?? { line: 1, column: 1, reason: reasonOf(cause) }, cause);
    }
  }
};
