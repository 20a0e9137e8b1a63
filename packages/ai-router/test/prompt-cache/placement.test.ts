import { describe, expect, it } from 'vitest';
import { type PlacedBlock, type PlacementLimits, place } from '../../src/prompt-cache/placement.ts';

const rates = { read: 0.1, write: 1.25, longWrite: 2, leastTokens: 1_000 };
const limits: PlacementLimits = { allowance: 1e9, leastWorth: 0 };
const yes = { write: 0.5, longWrite: 0.2 };
const no = { write: -0.2, longWrite: -0.9 };

/** Blocks of 500 tokens, one position each. */
const blocksOf = (...each: Partial<PlacedBlock>[]): PlacedBlock[] =>
  each.map((block, index) => ({
    tokens: 500,
    prefixTokens: (index + 1) * 500,
    position: index,
    canMark: true,
    entry: undefined,
    isReported: true,
    isUnderWay: false,
    returns: 0.5,
    worth: no,
    ...block,
  }));
const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const indexes = (blocks: PlacedBlock[], more: Partial<PlacementLimits> = {}) =>
  place(blocks, rates, { ...limits, ...more }).marks.map(({ index }) => index);

describe('the placement of breakpoints', () => {
  it('writes as far as it pays', () => {
    const blocks = blocksOf(...times(4, { worth: yes }), ...times(3, { returns: 0.1 }));
    const placement = place(blocks, rates, limits);
    expect(placement.marks).toContainEqual({ index: 3, ttl: '5m' });
    expect(placement).toMatchObject({ writeTokens: 2_000, longWriteTokens: 0, readTokens: 0 });
  });

  it('goes over a stretch that does not, where what lies behind it makes up for it', () => {
    expect(indexes(blocksOf(...times(3, { worth: yes }), { worth: no }, ...times(3, { worth: yes })))).toContain(6);
    expect(indexes(blocksOf(...times(3, { worth: yes }), ...times(9, { worth: no }), { worth: yes }))).not.toContain(
      12,
    );
  });

  it('writes nothing below the least length, nor what does not pay', () => {
    expect(indexes(blocksOf({ worth: yes }))).toEqual([]);
    expect(indexes(blocksOf(...times(9, {})))).toEqual([]);
  });

  it('writes nothing that is being written', () => {
    expect(indexes(blocksOf(...times(5, { worth: yes, isUnderWay: true })))).toEqual([]);
  });

  it('ends on a block that can be marked', () => {
    expect(indexes(blocksOf(...times(4, { worth: yes }), { worth: yes, canMark: false }))).toContain(3);
  });

  it('reads the longest entry, whether or not it writes', () => {
    const blocks = blocksOf({}, {}, { entry: '5m' }, {}, { entry: '5m' }, {});
    expect(place(blocks, rates, limits)).toMatchObject({ read: 4, readTokens: 2_500, writeTokens: 0 });
    expect(indexes(blocks)).toContain(4);
  });

  it('says which entry it counts on: a longer one that it may not risk is not it', () => {
    const blocks = blocksOf({}, {}, { entry: '5m' }, {}, { entry: '5m', isReported: false }, {});
    expect(place(blocks, rates, { ...limits, allowance: 500 })).toMatchObject({ read: 2, readTokens: 1_500 });
    expect(place(blocksOf({}, {}, {}), rates, limits).read).toBe(-1);
  });

  it('marks an entry that is out of sight of what it writes', () => {
    const far = blocksOf(...times(4, {}), { entry: '5m' }, ...times(20, { worth: yes }));
    expect(indexes(far)).toEqual(expect.arrayContaining([4, 24]));
    const near = blocksOf(...times(4, {}), { entry: '5m' }, ...times(19, { worth: yes }));
    expect(indexes(near)).toContain(23);
    expect(indexes(near)).not.toContain(4);
  });

  it('writes for an hour what returns late, before what is written for five minutes', () => {
    const late = { worth: { write: -0.1, longWrite: 0.4 } };
    const placement = place(blocksOf(...times(3, late), ...times(3, { worth: yes })), rates, limits);
    expect(placement.marks).toEqual(
      expect.arrayContaining([
        { index: 2, ttl: '1h' },
        { index: 5, ttl: '5m' },
      ]),
    );
    expect(placement).toMatchObject({ longWriteTokens: 1_500, writeTokens: 1_500 });
  });

  it('marks all before an entry of an hour for an hour', () => {
    const blocks = blocksOf({ returns: 0.9 }, { returns: 0.9 }, { entry: '1h' }, ...times(3, { worth: yes }));
    const { marks } = place(blocks, rates, limits);
    expect(marks.filter(({ index }) => index <= 2).every(({ ttl }) => ttl === '1h')).toBe(true);
    expect(marks.at(-1)).toEqual({ index: 5, ttl: '5m' });
  });

  it('writes no further than the allowance goes', () => {
    const blocks = blocksOf(...times(8, { worth: yes }));
    expect(place(blocks, rates, { ...limits, allowance: 500 })).toMatchObject({ writeTokens: 2_000 });
    expect(place(blocks, rates, { ...limits, allowance: 0 }).marks).toEqual([]);
    const late = blocksOf(...times(8, { worth: { write: -0.1, longWrite: 0.4 } }));
    expect(place(late, rates, { ...limits, allowance: 2_000 })).toMatchObject({ longWriteTokens: 2_000 });
  });

  it('reads even where nothing may be spent', () => {
    const blocks = blocksOf({}, {}, { entry: '5m' }, { worth: yes });
    expect(indexes(blocks, { allowance: 0 })).toEqual([2]);
  });

  it('reads what was not reported only where the allowance covers writing it', () => {
    const blocks = blocksOf({}, {}, { entry: '5m' }, {}, { entry: '5m', isReported: false });
    expect(place(blocks, rates, { ...limits, allowance: 625 })).toMatchObject({ readTokens: 2_500, riskTokens: 625 });
    expect(place(blocks, rates, { ...limits, allowance: 624 })).toMatchObject({ readTokens: 1_500, riskTokens: 0 });
    const long = blocksOf({}, {}, { entry: '1h', isReported: false }, ...times(2, { worth: yes }));
    expect(place(long, rates, { ...limits, allowance: 1_750 })).toMatchObject({
      writeTokens: 1_000,
      riskTokens: 1_750,
    });
    expect(place(long, rates, { ...limits, allowance: 1_749 })).toMatchObject({ writeTokens: 500, riskTokens: 1_625 });
  });

  it('marks where later requests are most likely to part ways', () => {
    const blocks = blocksOf(
      ...times(4, { worth: yes, returns: 0.9 }),
      ...times(4, { worth: yes, returns: 0.6 }),
      ...times(4, { worth: yes, returns: 0.3 }),
    );
    expect(indexes(blocks)).toEqual(expect.arrayContaining([3, 7, 11]));
  });

  it('spreads what is left of them where nothing tells where that is', () => {
    const blocks = blocksOf(...times(16, { worth: yes, returns: 0.6 }));
    const marks = indexes(blocks);
    expect(marks).toHaveLength(4);
    // A request that has only a part of this finds at least the half of what it has.
    for (let shared = 8; shared < 16; shared++) {
      expect(Math.max(...marks.filter((index) => index < shared)) + 1).toBeGreaterThanOrEqual(shared / 2);
    }
  });

  it('sets four at most', () => {
    const blocks = blocksOf(...times(40, {}).map((_, index) => ({ worth: yes, returns: 1 - index / 50 })));
    expect(indexes(blocks)).toHaveLength(4);
  });
});
