import { describe, expect, it } from 'vitest';
import { createRequestIds } from '../src/request-id.ts';

const at = (times: readonly number[]) => {
  let index = 0;
  return () => times[Math.min(index++, times.length - 1)] ?? 0;
};

describe('an id that the request brought', () => {
  const idOf = createRequestIds();

  it.each(['7', 'trace:1/2;x', '!'.repeat(128)])('is kept: %s', (given) => {
    expect(idOf({ 'x-request-id': given })).toBe(given);
  });

  it.each([
    ['nothing', ''],
    ['too many characters', 'x'.repeat(129)],
    ['a space, as several headers joined have', 'one, two'],
    ['a line break', 'one\r\nset-cookie: a'],
    ['a letter beyond ASCII', 'é'],
    ['an escape of terminals', '\u001b[31m'],
  ])('is replaced where it is %s', (_, given) => {
    expect(idOf({ 'x-request-id': given })).toMatch(/^[0-9a-hjkmnp-tv-z]{20}$/);
  });
});

describe('a new id', () => {
  it('sorts by the time it was made, over years', () => {
    const times = [0, 1, 31, 32, 1_795_000_000_000, 1_795_000_000_001, 9_999_999_999_999];
    const idOf = createRequestIds({ now: at(times), source: '0000000' });
    const ids = times.map(() => idOf({}));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(times.length);
  });

  it('is another one however many a millisecond brings, in order', () => {
    const idOf = createRequestIds({ now: () => 1_795_000_000_000, source: '0000000' });
    // More than the count has digits for.
    let last = '';
    for (let made = 0; made < 32 ** 4 + 10; made += 1) {
      const id = idOf({});
      if (id <= last) throw new Error(`${id} does not come after ${last}`);
      last = id;
    }
  });

  it('goes on upwards when the clock is set back', () => {
    const idOf = createRequestIds({ now: at([2_000, 1_000, 1_000, 2_001]), source: '0000000' });
    const ids = [idOf({}), idOf({}), idOf({}), idOf({})];
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(4);
  });

  it('differs between processes in the same millisecond', () => {
    const now = () => 5;
    expect(createRequestIds({ now })({})).not.toBe(createRequestIds({ now })({}));
  });
});
