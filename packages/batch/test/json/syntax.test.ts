import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonProblem } from '../../src/json-syntax.ts';

describe('findJsonProblem', () => {
  it.each([
    ['a comma too many', '{\n  "a": 1,\n}', 3, 1, 'remove the comma before this'],
    ['a comma too few', '{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected "," or "}"'],
    ['a key without quotes', '{ a: 1 }', 1, 3, 'expected a key in double quotes or "}"'],
    ['single quotes', "{ 'a': 1 }", 1, 3, 'JSON wants double quotes'],
    ['a comment', '{\n  // why\n}', 2, 3, 'JSON has no comments: remove it'],
    ['a bare word', '{"a": yes}', 1, 7, 'expected a value'],
    ['a number that goes on', '[1.5.2]', 1, 2, 'expected a value or "]"'],
    ['an open text', '{"a": "b', 1, 7, 'this text has a line break, an unknown escape or no closing quote'],
    ['a file cut short', '{"a": [1', 1, 9, 'the file ends too early: expected "," or "]"'],
    ['an empty file', '', 1, 1, 'the file ends too early: expected a value'],
    ['something after the end', '{} x', 1, 4, 'expected the end of the file'],
    ['the wrong bracket', '[1}', 1, 3, 'expected "," or "]"'],
  ])('finds %s', (_, text, line, column, reason) => {
    expect(findJsonProblem(text)).toEqual({ line, column, reason });
  });

  it('finds a key that stands twice, where that is no JSON', () => {
    const text = '{"a": {"b": 1}, "b": 2,\n "\\u0061": 3}';
    expect(findJsonProblem(text)).toEqual({ line: 2, column: 2, reason: 'the key "a" stands here a second time' });
    expect(findJsonProblem(text, { hasRepeats: true })).toBeUndefined();
  });

  it('agrees with JSON.parse on what is JSON, intact and damaged', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '1', 't', ' ', '\\', '\u0001'))
      .map(([text, at, change]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + change + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        return (findJsonProblem(text, { hasRepeats: true }) === undefined) === valid;
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});
