import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonChange } from '../../src/index.ts';
import { applyChanges } from '../../src/json/draft.ts';
import { parseDocument } from '../../src/json/parse.ts';
import { rewrite as rewriteBack } from '../../src/json/rewrite.ts';
import { applyDelta } from '../../src/json/text-delta.ts';
import { changeOf, jsonContainer } from './support/arbitraries.ts';

const set = (pointer: string, value: unknown): JsonChange => ({ type: 'set', document: 'a.json', pointer, value });
const remove = (pointer: string): JsonChange => ({ type: 'remove', document: 'a.json', pointer });
const insert = (pointer: string, value: unknown): JsonChange => ({
  type: 'insert',
  document: 'a.json',
  pointer,
  value,
});

/** The new text, from which the old can be had. */
const rewrite = (old: string, before: unknown, after: unknown): string => {
  const { text, back } = rewriteBack(old, before, after);
  expect(applyDelta(text, back)).toBe(old);
  return text;
};
const edited = (text: string, ...changes: readonly JsonChange[]): string => {
  const before = parseDocument('a.json', text);
  return rewrite(text, before, applyChanges(before, changes));
};

/** The same value laid out by chance: spaces, lines and, where `hasComments`, comments and commas at the end. */
const laidOut = (value: unknown, hasComments: boolean, next: () => number): string => {
  const gaps = ['', ' ', '\n', '\n  ', '\t', ...(hasComments ? ['// a "{comment\n', '/* ]} , */', ' // b\n\t'] : [])];
  const gap = (): string => gaps[next() % gaps.length] as string;
  const container = (open: string, close: string, items: readonly string[]): string => {
    const comma = hasComments && items.length > 0 && next() % 3 === 0 ? `${gap()},` : '';
    return `${open}${items.map((item) => gap() + item).join(`${gap()},`)}${comma}${gap()}${close}`;
  };
  const write = (at: unknown): string => {
    if (Array.isArray(at)) return container('[', ']', at.map(write));
    if (typeof at !== 'object' || at === null) return JSON.stringify(at);
    return container(
      '{',
      '}',
      Object.entries(at).map(([key, inner]) => `${JSON.stringify(key)}${gap()}:${gap()}${write(inner)}`),
    );
  };
  return gap() + write(value) + gap();
};

const tryAll = (value: unknown, changes: readonly JsonChange[]): unknown =>
  changes.reduce((at, change) => {
    try {
      return applyChanges(at, [change]);
    } catch {
      return at;
    }
  }, value);

/** Without the order of keys, which texts keep. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, canonical(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
const withChanges = jsonContainer.chain((value) =>
  fc.tuple(fc.constant(value), fc.array(changeOf(value), { minLength: 1, maxLength: 4 })),
);

describe('the text of a changed document', () => {
  it('has the new value, however the old was laid out', () => {
    fc.assert(
      fc.property(
        withChanges,
        fc.boolean(),
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 50 }),
        ([made, changes], hasComments, chances) => {
          let at = 0;
          const text = laidOut(made, hasComments, () => {
            at += 1;
            return chances[at % chances.length] as number;
          });
          const before = parseDocument('a.json', text);
          expect(canonical(before)).toEqual(canonical(made));
          const after = tryAll(before, changes);
          const changed = rewrite(text, before, after);
          expect(JSON.stringify(canonical(parseDocument('a.json', changed)))).toBe(JSON.stringify(canonical(after)));
          expect(rewrite(changed, after, after)).toBe(changed);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([2, 4, '\t', 0])('is laid out as one written at once, with an indentation of %j', (indent) => {
    fc.assert(
      fc.property(
        jsonContainer.chain((value) => fc.tuple(fc.constant(value), changeOf(value))),
        ([value, change]) => {
          const [before, text] = [{ first: 1, value }, JSON.stringify({ first: 1, value }, null, indent)];
          const after = { first: 1, value: tryAll(value, [change]) };
          const parsed = JSON.parse(text) as typeof before;
          const changed = rewrite(text, parsed, { first: 1, value: tryAll(parsed.value, [change]) });
          // Texts keep the place of a key, where JavaScript puts those that are numbers first.
          fc.pre(!/"\d":/.test(JSON.stringify(after)));
          expect(changed).toBe(JSON.stringify(after, null, indent));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('keeps every letter of what was not changed', () => {
    const text =
      '{\r\n\t"a": [1,  2.0, 1e2],\r\n\t"big": 12345678901234567890, "\\u0061b": "\\u00e9",\r\n\t"10": 1, "9": 2\r\n}\r\n';
    expect(edited(text, set('/a/1', 3), set('/c', { d: 1 }))).toBe(
      '{\r\n\t"a": [1,  3, 1e2],\r\n\t"big": 12345678901234567890, "\\u0061b": "\\u00e9",\r\n\t"10": 1, "9": 2,\r\n\t"c": {\r\n\t\t"d": 1\r\n\t}\r\n}\r\n',
    );
    expect(edited('\ufeff{"a":1}', set('/a', 2))).toBe('\ufeff{"a":2}');
  });

  it('keeps numbers that are none of JavaScript, and halves of characters', () => {
    const text = '{"n": [1e400, -0, 9007199254740993, 0.10], "\\ud800": "\\udc00", "a": 1}';
    expect(edited(text, set('/a', '\ud800'), remove('/n/1'), set('/\ud800x', 1))).toBe(
      '{"n": [1e400, 9007199254740993, 0.10], "\\ud800": "\\udc00", "a": "\\ud800", "\\ud800x": 1}',
    );
  });

  it('keeps comments, and a comma at the end', () => {
    const text = '// Settings\n{\n  // Strict is better.\n  "strict": true, // really\n  "paths": [],\n}\n';
    expect(edited(text, set('/strict', false), set('/paths/-', 'src'), set('/lib', 'es'))).toBe(
      '// Settings\n{\n  // Strict is better.\n  "strict": false, // really\n  "paths": [\n    "src"\n  ],\n  "lib": "es",\n}\n',
    );
    expect(edited('{\n  "a": 1 // one\n}', set('/b', 2))).toBe('{\n  "a": 1, // one\n  "b": 2\n}');
  });

  it('keeps the comment of a line with that line', () => {
    const text = '{\n  "a": 1, // one\n  "b": 2, // two\n  "c": 3 // three\n}';
    expect(edited(text, remove('/b'))).toBe('{\n  "a": 1, // one\n  "c": 3 // three\n}');
    expect(edited(text, remove('/a'), remove('/c'), set('/d', 4))).toBe('{\n  "b": 2, // two\n  "d": 4\n}');
    expect(edited('[1, // one\n 2, 3]', remove('/1'))).toBe('[1, // one\n 3]');
  });

  it('loses what is taken out, with its comma', () => {
    expect(edited('{"a": 1, "b": 2, "c": 3}', remove('/b'))).toBe('{"a": 1, "c": 3}');
    expect(edited('{"a": 1, "b": 2, "c": 3}', remove('/a'), remove('/c'))).toBe('{"b": 2}');
    expect(edited('[1, 2, 3, 4]', remove('/0'), insert('/1', 9), remove('/3'))).toBe('[2, 9, 3]');
    expect(edited('{"a": 1, "a": 2, "b": 3}', remove('/a'))).toBe('{"b": 3}');
    expect(edited('{"a": 1, "a": 2}', set('/a', 3))).toBe('{"a": 1, "a": 3}');
  });
});

describe('a file that is no JSON', () => {
  it.each([
    ['{"a":1,}x', 1, 9, 'expected the end of the file'],
    ['{\n "a" 1}', 2, 6, 'expected ":"'],
    ['[1 2]', 1, 4, 'expected "," or "]"'],
    ['{"a":tru}', 1, 6, 'expected a value'],
    ['', 1, 1, 'the file ends too early: expected a value'],
    ['\ufeff', 1, 2, 'the file ends too early: expected a value'],
    ['{a:1}', 1, 2, 'expected a key in double quotes or "}"'],
    ['{"a":"\n"}', 1, 6, 'this text has a line break, an unknown escape or no closing quote'],
    ['{\n\n  "a": [1,\n 2\n', 5, 1, 'the file ends too early: expected "," or "]"'],
    ['[,]', 1, 2, 'expected a value or "]"'],
    ['{ /* a */ , // b\n}', 1, 11, 'expected a key in double quotes or "}"'],
    ['[1,,]', 1, 4, 'expected a value'],
    ['[1] /* to the end', 1, 5, 'this is no comment, or one that does not end'],
    ['[1] // a\n/* to the end', 2, 1, 'this is no comment, or one that does not end'],
  ])('%j is refused with line and column', (text, line, column, reason) => {
    expect(() => parseDocument('a.json', text)).toThrowError(
      expect.objectContaining({
        code: 'BATCH_JSON_INVALID',
        message: `a.json is no JSON at line ${line}, column ${column}: ${reason}. Mend the file.`,
      }),
    );
  });

  it.each(['[1, // one\n]', '{"a": [1,],}', '// a\n// b\n[] /* c */\n', '["a,]", /* , */ 2 /* ] */ ,\t]'])(
    '%j is, with its comments and commas',
    (text) => {
      expect(() => parseDocument('a.json', text)).not.toThrow();
    },
  );
});
