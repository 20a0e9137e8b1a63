import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { type ExportQuery, exportEvents, textOfCsvCell } from '../../src/analytics/export-events.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { day, hour, midnight, storeOf, storeWithTraffic } from './support.ts';

const period = { fromMs: midnight, toMs: midnight + day };
const textOf = (store: EventStore, query: ExportQuery): string =>
  [...exportEvents(store, { ...period, ...query })].map(({ text }) => text).join('');

describe('an export', () => {
  it('has every event once, in the order of their times, in each format', async () => {
    const store = await storeWithTraffic({ requests: 2100, fromMs: midnight, days: 1 });
    const lines = textOf(store, {})
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2100);
    expect(new Set(lines.map(({ request_id: id }) => id)).size).toBe(2100);
    const times = lines.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    expect(JSON.parse(textOf(store, { format: 'json' }))).toEqual(lines);
    const rows: Record<string, string>[] = parse(textOf(store, { format: 'csv' }), { columns: true });
    const asTexts = (value: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, cell === null ? '' : String(cell)]));
    expect(rows).toEqual(lines.map(asTexts));
  });

  it('tells how many events are in each piece, and holds few of them', async () => {
    const store = await storeWithTraffic({ requests: 2100, fromMs: midnight, days: 1 });
    expect([...exportEvents(store, period)].map(({ events }) => events)).toEqual([2000, 100]);
  });

  it('has what the filter lets through', async () => {
    const store = await storeOf([
      { atMs: midnight, id: 'a' },
      { atMs: midnight + hour, id: 'b', names: { outcome: 'failed' } },
      { atMs: midnight + day, id: 'late', names: { outcome: 'failed' } },
    ]);
    const [only, ...others] = textOf(store, { where: { outcome: 'failed' } })
      .trim()
      .split('\n');
    expect(JSON.parse(only ?? '')).toMatchObject({ at: '2026-06-18T01:00:00.000Z', request_id: 'b', cost: null });
    expect(others).toEqual([]);
  });

  it('quotes what CSV cannot hold as it is', async () => {
    const store = await storeOf([{ atMs: midnight, names: { asked: 'a "b",\nc' } }]);
    const text = textOf(store, { format: 'csv' });
    expect(text).toContain('"a ""b"",\nc"');
    expect(text.endsWith('\r\n')).toBe(true);
    expect(parse(text, { columns: true })).toMatchObject([{ asked: 'a "b",\nc' }]);
  });

  it('has no text that a spreadsheet takes for a formula, and every text can be read back', async () => {
    const hostile = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '\n=1',
      '\0=1',
      ' =1',
      '＝1',
      '=HYPERLINK("http://x")',
    ];
    const harmless = ['a=b', 'gpt-5', "'quoted", "o'clock"];
    const store = await storeOf(
      [...hostile, ...harmless].map((asked, index) => ({ atMs: midnight + index, names: { asked } })),
    );
    const rows: { asked: string }[] = parse(textOf(store, { format: 'csv' }), { columns: true });
    const cells = rows.map(({ asked }) => asked);
    expect(cells.slice(0, hostile.length)).toEqual(hostile.map((text) => `'${text}`));
    expect(cells.slice(hostile.length)).toEqual(harmless);
    expect(cells.map(textOfCsvCell)).toEqual([...hostile, ...harmless]);
  });

  it('leaves numbers below zero as they are', async () => {
    const store = await storeOf([{ atMs: midnight, figures: { cost: -12 } }]);
    expect(parse(textOf(store, { format: 'csv' }), { columns: true })).toMatchObject([{ cost: '-12' }]);
  });

  it('has five minutes a row of what is only counted', async () => {
    const store = await storeWithTraffic({ requests: 2000, fromMs: midnight, days: 1 });
    const rows: { count: number; outcome: string }[] = JSON.parse(textOf(store, { kind: 'lookup', format: 'json' }));
    const sum = rows.reduce((all, { count }) => all + count, 0);
    const all = store.aggregate((await import('../../src/kinds/cache.ts')).lookupKind, period);
    expect(sum).toBe(all[0]?.count);
    expect(rows[0]).toMatchObject({ at: expect.stringMatching(/:[05]\d:00|:\d[05]:00/), cache: 'answers' });
  });

  it('of nothing is whole in each format', async () => {
    const store = await storeOf([]);
    expect(textOf(store, { format: 'json' })).toBe('[]\n');
    expect(textOf(store, {})).toBe('');
    expect(textOf(store, { format: 'csv' })).toMatch(/^at,request_id,.*\r\n$/);
  });

  it('refuses what there is not', async () => {
    const store = await storeOf([]);
    expect(() => textOf(store, { kind: 'requests' })).toThrow('There are: request,');
    expect(() => textOf(store, { format: 'xml' as never })).toThrow('Choose one of: ndjson');
    expect(() => textOf(store, { where: { colour: 'red' } })).toThrow('have no "colour"');
  });
});
