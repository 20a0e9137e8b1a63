import { array, assert, constantFrom, integer, property, string, tuple, uuid } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNormalise, mostBytes, roomBytes } from '../../src/shape/normalise.ts';

const normalise = createNormalise();
const formOf = (...texts: string[]): string => {
  const bytes = Buffer.alloc(roomBytes + 3);
  const end = normalise(bytes, 3, texts);
  expect(end).toBeLessThanOrEqual(bytes.length);
  return bytes.toString('utf8', 3, end);
};
const short = (form: string) => `${form}\0`;

describe('the normal form of a text', () => {
  it.each([
    ['Order 48213 of 7 items', 'order 0 of 0 items'],
    ['1,234.56 dollars, 3.5% of 12, 8', '0 dollars, 0% of 0, 0'],
    ['at 2026-11-22T08:15:30Z', 'at 0-0-0t0:0:0z'],
    ['for 550e8400-e29b-41d4-a716-446655440000.', 'for 0.'],
    ['commit b46901d, 0x7F3A9C01, d41d8cd98f00b204e9800998ecf8427e', 'commit 0, 0, 0'],
    ['req_011CQ8aTmG7dFpZx9Kd2, order-A1B2C3D4E5F6G7H8', 'req_0, order-0'],
    ['gpt4o, sha256 and x86', 'gpt0o, sha0 and x0'],
    ['a decade of facades, deadbeef', 'a decade of facades, deadbeef'],
    ['  two\t\r\n words \u00a0\u3000\u2009 ', 'two words'],
    ['Straße “wie” 日本 🙂', 'straße “wie” 日本 🙂'],
    ['"Quoted" stays', '"quoted" stays'],
    ['550e8400-e29b-41d4-a716-44665544000', '0-e0b-0d0-a0-0'],
    ['', ''],
  ])('of %j', (text, form) => {
    expect(formOf(text)).toBe(short(form));
  });

  it('is of all texts, one after another', () => {
    expect(formOf('one', ' two', 'three ')).toBe(short('one two three'));
    expect(formOf('one two three')).toBe(formOf('one', '', 'two three'));
  });

  /** Words with a letter beyond those of hexadecimal digits, which no rule takes for an id. */
  const word = tuple(
    string({ unit: constantFrom(...'abcdefghij'), maxLength: 5 }),
    constantFrom('x', 'Y', 'é', '語'),
  ).map((parts) => parts.join(''));
  const gap = string({ unit: constantFrom(' ', '\n', '\t', '\u00a0', '\u2003'), minLength: 1, maxLength: 4 });
  const filled = (words: readonly string[], gaps: readonly string[], values: readonly string[]): string =>
    words.map((each, place) => `${each}${gaps[place % gaps.length]}${values[place % values.length]}.`).join(gaps[0]);
  const many = <Value>(of: Parameters<typeof array<Value>>[0]) => array(of, { minLength: 1, maxLength: 12 });

  it('is the same whatever the numbers, the ids and the spaces are', () => {
    const number = integer({ min: 0 }).map(String);
    assert(
      property(many(word), many(gap), many(gap), many(number), many(number), (words, one, other, these, those) => {
        expect(formOf(filled(words, one, these))).toBe(formOf(filled(words, other, those)));
      }),
    );
    assert(
      property(many(word), many(gap), many(uuid()), many(uuid()), (words, gaps, these, those) => {
        expect(formOf(filled(words, gaps, these))).toBe(formOf(filled(words, gaps, those)));
      }),
    );
  });

  it('is another where a word is', () => {
    const gaps = [' '];
    assert(
      property(many(word), many(word), (these, those) => {
        const isSame = these.join(' ').toLowerCase() === those.join(' ').toLowerCase();
        expect(formOf(filled(these, gaps, ['1'])) === formOf(filled(those, gaps, ['2']))).toBe(isSame);
      }),
    );
  });

  it('takes any text in the room it has', () => {
    assert(
      property(array(string({ unit: 'binary', maxLength: 200 })), integer({ min: 1, max: 60 }), (texts, times) => {
        formOf(...texts.map((text) => text.repeat(times)));
      }),
    );
    for (const each of ['a', '1', ' ', '語', '1a', '0x', '\ud800', 'a '])
      expect(formOf(each.repeat(200_000)).length).toBeLessThanOrEqual(mostBytes + 1);
  });

  it('goes by the beginning of what is long, and by how long it is', () => {
    const long = 'word '.repeat(1_000);
    expect(formOf(`${long}one`)).toBe(formOf(`${long}two`));
    expect(formOf(long)).not.toBe(formOf(long.repeat(2)));
    // What is cut is the normal form: numbers before it do not move its end.
    expect(formOf(`1 ${long}`)).toBe(formOf(`123456789 ${long}`));
    expect(formOf(`other ${long}`)).not.toBe(formOf(long));
  });
});
