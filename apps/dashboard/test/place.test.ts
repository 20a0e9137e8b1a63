import { describe, expect, it } from 'vitest';
import { filtersOf, pages, parsePlace, placeOf, showPlace, withParams } from '../src/url/place.ts';

describe('an address', () => {
  it('says page, id and parameters', () => {
    expect(parsePlace('#/requests/12345678901234567890?model=a%2Fb&range=6h')).toEqual({
      page: 'requests',
      id: '12345678901234567890',
      params: { model: 'a/b', range: '6h' },
    });
  });

  it.each(['', '#', '#/', '#overview'])('%j is the overview', (hash) => {
    expect(parsePlace(hash)).toEqual({ page: 'overview', id: null, params: {} });
  });

  it.each(['#/nowhere', '#/nowhere/12'])('%j is told as one that there is not', (hash) => {
    const place = parsePlace(hash);
    expect(place).toEqual({ page: 'overview', id: null, params: {}, isUnknown: true });
    expect(placeOf('overview', place).isUnknown).toBeUndefined();
  });

  it('comes back as it was', () => {
    for (const { name } of pages) {
      for (const id of [null, 'a/b c?d#e%', 'ü']) {
        const place = { page: name, id, params: { search: 'x&y=z', key: '100%' } };
        expect(parsePlace(showPlace(place))).toEqual(place);
      }
    }
  });

  it('that is broken is read as it stands', () => {
    expect(parsePlace('#/runs/100%').id).toBe('100%');
  });
});

describe('going to another page', () => {
  const here = parsePlace('#/requests?range=6h&model=small&outcome=failed&before=12');

  it('keeps the time and the filters that all pages share', () => {
    expect(placeOf('providers', here).params).toEqual({ range: '6h', model: 'small' });
  });

  it('changes parameters, and leaves out what is empty', () => {
    expect(withParams(here, { model: undefined, outcome: '', search: 'req' }).params).toEqual({
      range: '6h',
      before: '12',
      search: 'req',
    });
  });

  it('tells filters from the rest', () => {
    expect(filtersOf(here)).toEqual({ model: 'small' });
  });
});

it('has a key of its own for each page', () => {
  expect(new Set(pages.map(({ key }) => key)).size).toBe(pages.length);
});
