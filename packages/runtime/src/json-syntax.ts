export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const token =
  /[ \t\n\r]*(?:("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])|([{}[\],:]))/y;

type Wanted = 'value' | 'value-or-]' | 'key' | 'key-or-}' | 'colon' | 'comma-or-]' | 'comma-or-}' | 'end';

const reasons: Readonly<Record<Wanted, string>> = {
  value: 'expected a value',
  'value-or-]': 'expected a value or "]"',
  key: 'expected a key in double quotes',
  'key-or-}': 'expected a key in double quotes or "}"',
  colon: 'expected ":"',
  'comma-or-]': 'expected "," or "]"',
  'comma-or-}': 'expected "," or "}"',
  end: 'expected the end of the file',
};

const reasonAt = (text: string, offset: number, wanted: Wanted, isToken: boolean): string => {
  const next = text[offset];
  if (next === undefined) return `the file ends too early: ${reasons[wanted]}`;
  if (next === '/' || next === '#') return 'JSON has no comments';
  if ((next === '}' || next === ']') && (wanted === 'key' || wanted === 'value')) return 'remove the comma before this';
  if (next === "'") return 'JSON wants double quotes';
  if (next === '"' && !isToken) return 'this text has a line break, an unknown escape or no closing quote';
  return reasons[wanted];
};

/**
 * Finds where a text stops being JSON. `JSON.parse` names the place only for some errors and repeats the text around it,
 * which may be a key; this tells line and column and shows nothing. Undefined for valid JSON.
 */
export const findJsonProblem = (text: string): SyntaxProblem | undefined => {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  let offset = 0;

  const afterValue = (): Wanted => {
    const container = open.at(-1);
    return container === undefined ? 'end' : container === '{' ? 'comma-or-}' : 'comma-or-]';
  };

  const accept = (quoted: boolean, literal: boolean, mark: string | undefined): Wanted | undefined => {
    const value = wanted === 'value' || wanted === 'value-or-]';
    if (quoted && (wanted === 'key' || wanted === 'key-or-}')) return 'colon';
    if (value && (quoted || literal)) return afterValue();
    if (value && (mark === '{' || mark === '[')) {
      open.push(mark);
      return mark === '{' ? 'key-or-}' : 'value-or-]';
    }
    if (mark === ':' && wanted === 'colon') return 'value';
    if (mark === ',' && wanted === 'comma-or-}') return 'key';
    if (mark === ',' && wanted === 'comma-or-]') return 'value';
    const closes = mark === '}' ? 'comma-or-} key-or-}' : mark === ']' ? 'comma-or-] value-or-]' : '';
    if (closes.split(' ').includes(wanted)) {
      open.pop();
      return afterValue();
    }
    return undefined;
  };

  let match: RegExpExecArray | null;
  for (;;) {
    token.lastIndex = offset;
    match = token.exec(text);
    const next = match === null ? undefined : accept(match[1] !== undefined, match[2] !== undefined, match[3]);
    if (match === null || next === undefined) break;
    wanted = next;
    offset += match[0].length;
  }
  offset += /^[ \t\n\r]*/.exec(text.slice(offset))?.[0].length ?? 0;
  if (wanted === 'end' && offset === text.length) return undefined;
  const before = text.slice(0, offset).split('\n');
  return {
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    reason: reasonAt(text, offset, wanted, match !== null),
  };
};
