import { commandUnquotable } from '../errors/definition.ts';
import type { Expression } from './expression.ts';
import { splitTemplate, type Template, written } from './template.ts';

/** Where a place in a command line is: what a value must be written as there, to be one word and nothing else. */
type Quoting = 'none' | 'double' | 'single' | 'substitution' | 'backticks';

/** Follows a command line of the POSIX shell as far as quotes go. */
const createScanner = (): { scan(text: string): void; quoting(): Quoting; hasHereDocument(): boolean } => {
  const stack: Quoting[] = ['none'];
  let isHereDocument = false;
  const top = (): Quoting => stack.at(-1) ?? 'none';
  return {
    scan(text) {
      for (let at = 0; at < text.length; at += 1) {
        const char = text[at];
        const own = top();
        if (own === 'single') {
          if (char === "'") stack.pop();
        } else if (char === '\\') at += 1;
        else if (char === '"') {
          if (own === 'double') stack.pop();
          else stack.push('double');
        } else if (char === '`') {
          if (own === 'backticks') stack.pop();
          else stack.push('backticks');
        } else if (text.startsWith('$(', at)) {
          stack.push('substitution');
          at += 1;
        } else if (own !== 'double') {
          if (char === "'") stack.push('single');
          else if (char === '(') stack.push('substitution');
          else if (char === ')' && own === 'substitution') stack.pop();
          else if (text.startsWith('<<', at)) {
            isHereDocument ||= text[at + 2] !== '<';
            at += 2;
          }
        }
      }
    },
    quoting: top,
    hasHereDocument: () => isHereDocument,
  };
};

const isPlain = /^[\w@%+=:,./-]+$/;

const word = (text: string): string => (isPlain.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const quoted = (value: unknown, quoting: Quoting): string => {
  if (quoting === 'double') return written(value).replaceAll(/[\\"$`]/g, '\\$&');
  if (quoting === 'single') return written(value).replaceAll("'", `'\\''`);
  return Array.isArray(value) ? value.map((each) => word(written(each))).join(' ') : word(written(value));
};

/**
 * Reads a command line, so that values become words of it and never commands: outside of quotes each is quoted (those of a list one
 * by one), within quotes what would end them is escaped. `raw(…)` puts a value in as it is, and a line that is one expression is taken
 * as a command line. Throws `BATCH_EXPRESSION_INVALID` for places where no quoting is safe: backticks and here-documents.
 */
export const parseCommand = (line: string, parse: (text: string) => Expression): Template | undefined => {
  const parts = splitTemplate(line, parse);
  if (parts === undefined) return undefined;
  const scanner = createScanner();
  const places = parts.map((part) => {
    if (typeof part === 'string') {
      scanner.scan(part);
      return part;
    }
    const quoting = scanner.quoting();
    const isWhole = parts.length === 1 || part.isRaw;
    if (!isWhole && quoting === 'backticks')
      throw commandUnquotable(line, part.text, 'backticks', 'Write $( ) instead');
    if (!isWhole && scanner.hasHereDocument())
      throw commandUnquotable(line, part.text, 'a here-document', 'Use "stdin", or "env" and $NAME');
    return { expression: part, quoting, isWhole };
  });
  return {
    expressions: parts.filter((part) => typeof part !== 'string'),
    fill: (scope) =>
      places
        .map((place) => {
          if (typeof place === 'string') return place;
          const value = place.expression.evaluate(scope);
          return place.isWhole ? written(value) : quoted(value, place.quoting);
        })
        .join(''),
  };
};
