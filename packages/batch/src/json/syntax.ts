export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  /** What is wrong, or what to do; ends without a full stop. */
  readonly reason: string;
}

export interface SyntaxOptions {
  /** Whether a key may stand twice in one object, as `JSON.parse` has it, which keeps the last without a word. @default false */
  readonly hasRepeats?: boolean | undefined;
  /** Whether comments were made spaces: what is left looks like one and is none. @default false */
  readonly hadComments?: boolean | undefined;
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

const reasonAt = (next: string | undefined, wanted: Wanted, isToken: boolean, hadComments: boolean): string => {
  if (next === undefined) return `the file ends too early: ${reasons[wanted]}`;
  if (next === '/' || next === '#')
    return hadComments ? 'this is no comment, or one that does not end' : 'JSON has no comments: remove it';
  if ((next === '}' || next === ']') && (wanted === 'key' || wanted === 'value')) return 'remove the comma before this';
  if (next === "'") return 'JSON wants double quotes';
  if (next === '"' && !isToken) return 'this text has a line break, an unknown escape or no closing quote';
  return reasons[wanted];
};

/**
 * Finds where a text stops being JSON; undefined where it is. `JSON.parse` names the place for some faults only, and repeats the
 * text around it, which may be a secret: this shows nothing, but for a key that stands twice.
 */
export const findJsonProblem = (
  text: string,
  { hasRepeats = false, hadComments = false }: SyntaxOptions = {},
): SyntaxProblem | undefined => {
  const open: { readonly mark: '{' | '['; readonly keys: Set<string> }[] = [];
  let wanted: Wanted = 'value';
  let offset = 0;

  const problemAt = (at: number, reason: string): SyntaxProblem => {
    const before = text.slice(0, at).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, reason };
  };
  const afterValue = (): Wanted => {
    const container = open.at(-1);
    if (container === undefined) return 'end';
    return container.mark === '{' ? 'comma-or-}' : 'comma-or-]';
  };
  const accept = (
    quoted: string | undefined,
    literal: string | undefined,
    mark: string | undefined,
  ): Wanted | undefined => {
    const isValue = wanted === 'value' || wanted === 'value-or-]';
    if (quoted !== undefined && (wanted === 'key' || wanted === 'key-or-}')) return 'colon';
    if (isValue && (quoted !== undefined || literal !== undefined)) return afterValue();
    if (isValue && (mark === '{' || mark === '[')) {
      open.push({ mark, keys: new Set() });
      return mark === '{' ? 'key-or-}' : 'value-or-]';
    }
    if (mark === ':' && wanted === 'colon') return 'value';
    if (mark === ',' && wanted === 'comma-or-}') return 'key';
    if (mark === ',' && wanted === 'comma-or-]') return 'value';
    const closes = { '}': ['comma-or-}', 'key-or-}'], ']': ['comma-or-]', 'value-or-]'] }[mark ?? ''];
    if (closes?.includes(wanted) !== true) return undefined;
    open.pop();
    return afterValue();
  };

  for (;;) {
    token.lastIndex = offset;
    const match = token.exec(text);
    const next = match === null ? undefined : accept(match[1], match[2], match[3]);
    if (match === null || next === undefined) {
      const at = offset + (/^[ \t\n\r]*/.exec(text.slice(offset, offset + 10_000))?.[0].length ?? 0);
      if (wanted === 'end' && at === text.length) return undefined;
      return problemAt(at, reasonAt(text[at], wanted, match !== null, hadComments));
    }
    if (next === 'colon' && !hasRepeats) {
      const key = JSON.parse(match[1] as string) as string;
      const { keys } = open.at(-1) as { keys: Set<string> };
      if (keys.has(key))
        return problemAt(token.lastIndex - (match[1] as string).length, `the key "${key}" stands here a second time`);
      keys.add(key);
    }
    wanted = next;
    offset = token.lastIndex;
  }
};
