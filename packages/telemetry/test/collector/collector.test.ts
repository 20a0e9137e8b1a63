import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CollectorOptions, createCollector } from '../../src/collector/collector.ts';
import { channels } from '../../src/events.ts';
import type { EventBatch, Exporter } from '../../src/exporter.ts';
import { defineKind, type KindDefinition } from '../../src/kind.ts';

const call = defineKind({
  name: 'call',
  about: 'A call.',
  dimensions: { model: 'Which.', outcome: 'How it ended.' },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'How long.' },
    cost: { unit: 'micro-dollars', keep: 'sum', about: 'How dear.' },
    status: { unit: 'status', keep: 'none', about: 'With what.' },
  },
  texts: { request_id: 'Which.', trace: 'Of what.' },
});
const lookup = defineKind({
  name: 'lookup',
  about: 'A lookup.',
  dimensions: { outcome: 'How it ended.' },
  measures: {
    time: { unit: 'microseconds', keep: 'sum', about: 'How long.' },
    slowest: { unit: 'microseconds', keep: 'highest', about: 'The longest.' },
  },
  isCounted: true,
});

interface Told {
  readonly kind: string;
  readonly rows: readonly (readonly number[])[];
  readonly texts: readonly (string | undefined)[];
  readonly names: readonly (readonly string[])[];
}

const toldOf = (batch: EventBatch): Told => {
  const width = batch.rows.length / batch.count;
  const rows = Array.from({ length: batch.count }, (_, row) => [...batch.rows.slice(row * width, (row + 1) * width)]);
  return {
    kind: batch.kind.name,
    rows,
    texts: batch.texts,
    names: rows.map(([, series]) => batch.namesOf(series as number)),
  };
};

const exporterTo = (told: Told[], name = 'test'): Exporter => ({
  name,
  async export(batch) {
    told.push(toldOf(batch));
  },
  async close() {},
});

const collecting = (options: CollectorOptions = {}) => {
  const told: Told[] = [];
  const collector = createCollector({ exporters: [exporterTo(told)], flushMs: 'never', ...options });
  const calls = collector.recorder(call);
  const push = (
    model: string,
    { cost = 0, duration = 1, id = 'r', trace = undefined as string | undefined } = {},
  ): void => {
    calls.names[call.dimensionAt.model] = model;
    calls.names[call.dimensionAt.outcome] = 'complete';
    calls.values[call.measureAt.duration] = duration;
    calls.values[call.measureAt.cost] = cost;
    calls.push(1_000, id, trace);
  };
  return { collector, calls, push, told };
};

afterEach(() => vi.useRealTimers());

describe('a collector', () => {
  it('hands on what was recorded, in order, with names and texts', async () => {
    const { collector, push, told } = collecting();
    push('small', { cost: 3, duration: 1500, id: 'one', trace: 't' });
    push('large', { id: 'two' });
    await collector.flush();
    expect(told).toEqual([
      {
        kind: 'call',
        rows: [
          [1_000, 0, 1500, 3, Number.NaN],
          [1_000, 1, 1, 0, Number.NaN],
        ],
        texts: ['one', 't', 'two', undefined],
        names: [
          ['small', 'complete'],
          ['large', 'complete'],
        ],
      },
    ]);
    await collector.flush();
    expect(told).toHaveLength(1);
    await collector.close();
  });

  it('keeps the figures of each series since the start', async () => {
    const { collector, push } = collecting();
    push('small', { cost: 3, duration: 50 });
    push('small', { cost: 4, duration: 60 });
    await collector.flush();
    push('small', { duration: 70 });
    const [recorded] = collector.recorded();
    const [series] = recorded?.series ?? [];
    expect(series?.names).toEqual(['small', 'complete']);
    expect(series?.count).toBe(3);
    expect(series?.totals[call.measureAt.cost]).toBe(7);
    expect(series?.histograms[call.measureAt.duration]?.quantile(0.5)).toBe(60);
    await collector.close();
  });

  it('loses no fraction of a figure in the sum', async () => {
    const { collector, push, told } = collecting();
    for (let index = 0; index < 1000; index += 1) push('small', { cost: 0.3 });
    await collector.flush();
    expect(collector.recorded()[0]?.series[0]?.totals[call.measureAt.cost]).toBe(300);
    const costs = told.flatMap(({ rows }) => rows.map((row) => row[2 + call.measureAt.cost] as number));
    expect(costs.every((cost) => Number.isInteger(cost))).toBe(true);
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(300);
    await collector.close();
  });

  it('takes a figure that is no number for none', async () => {
    const { collector, push } = collecting();
    push('small', { cost: Number.POSITIVE_INFINITY });
    push('small', { cost: 5 });
    expect(collector.recorded()[0]?.series[0]?.totals[call.measureAt.cost]).toBe(5);
    await collector.close();
  });

  it('hands on at once when so many are there, and after a while else', async () => {
    vi.useFakeTimers();
    const { collector, push, told } = collecting({ flushEvents: 2, flushMs: 1000 });
    push('a');
    push('b');
    push('c');
    await vi.advanceTimersByTimeAsync(0);
    expect(told.map(({ rows }) => rows.length)).toEqual([2]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.map(({ rows }) => rows.length)).toEqual([2, 1]);
    await collector.close();
  });

  it('tells of what is only counted how many there were since the last time', async () => {
    const { collector, told } = collecting({ now: () => 5_000 });
    const lookups = collector.recorder(lookup);
    const push = (outcome: string, time: number): void => {
      lookups.names[0] = outcome;
      lookups.values[lookup.measureAt.time] = time;
      lookups.values[lookup.measureAt.slowest] = time;
      lookups.push(0);
    };
    push('hit', 2);
    push('hit', 9);
    push('miss', 4);
    await collector.flush();
    push('hit', 3);
    await collector.flush();
    expect(told.map(({ rows }) => rows)).toEqual([
      [
        [5_000, 0, 2, 11, 9],
        [5_000, 1, 1, 4, 4],
      ],
      [[5_000, 0, 1, 3, 3]],
    ]);
    await collector.close();
  });

  it('tells so many names apart, and counts what it does not', async () => {
    const { collector, push } = collecting({ mostNames: 2 });
    for (const model of ['a', 'b', 'c', 'd', 'c', 'c', 'a']) push(model);
    const [recorded] = collector.recorded();
    expect(recorded?.series.map(({ names, count }) => [names[0], count])).toEqual([
      ['a', 2],
      ['b', 1],
      ['other', 4],
    ]);
    expect(recorded?.overflowed).toBe(4);
    await collector.close();
  });

  it('tells names apart only as far as they are worth being held', async () => {
    const { collector, push } = collecting();
    for (const model of ['a'.repeat(256), 'b'.repeat(257), 'c'.repeat(100_000), 'b'.repeat(257)]) push(model);
    const [recorded] = collector.recorded();
    expect(recorded?.series.map(({ names, count }) => [names[0], count])).toEqual([
      ['a'.repeat(256), 1],
      ['other', 3],
    ]);
    expect(recorded?.overflowed).toBe(3);
    await collector.close();
  });

  it('tells so many series apart', async () => {
    const { collector, push } = collecting({ mostSeries: 2 });
    for (const model of ['a', 'b', 'c', 'd', 'a', 'd', 'd']) push(model);
    const [recorded] = collector.recorded();
    expect(recorded?.series.map(({ names, count }) => [names, count])).toEqual([
      [['a', 'complete'], 2],
      [['b', 'complete'], 1],
      [['other', 'other'], 4],
    ]);
    expect(recorded?.overflowed).toBe(4);
    await collector.close();
  });

  it('gives up first the names that others choose, where there are too many series', async () => {
    const dimensions = { key: 'Whose.', outcome: 'How it ended.' };
    const kind = defineKind({ name: 'arrival', about: 'An arrival.', dimensions, measures: {}, wide: ['key'] });
    const collector = createCollector({ mostSeries: 4 });
    const { names, push } = collector.recorder(kind);
    const arrive = (key: string, outcome: string): void => {
      names[kind.dimensionAt.key] = key;
      names[kind.dimensionAt.outcome] = outcome;
      push(0);
    };
    for (let key = 0; key < 4; key += 1) arrive(`${key}`, 'complete');
    for (const outcome of ['complete', 'failed', 'complete', 'failed', 'left']) arrive('5', outcome);
    arrive('0', 'complete');
    const [recorded] = collector.recorded();
    expect(recorded?.series.map((series) => [...series.names, series.count])).toEqual([
      ['0', 'complete', 2],
      ['1', 'complete', 1],
      ['2', 'complete', 1],
      ['3', 'complete', 1],
      ['other', 'complete', 2],
      ['other', 'other', 3],
    ]);
    expect(recorded?.overflowed).toBe(5);
    await collector.close();
  });

  it('tells apart to the end what no client can make up', async () => {
    const dimensions = { key: 'Whose.', agent: 'What.', model: 'Which.', outcome: 'How it ended.' };
    const wide = ['agent', 'model'] as const;
    const kind = defineKind({ name: 'arrival', about: 'An arrival.', dimensions, measures: {}, wide, kept: ['key'] });
    const collector = createCollector({ mostSeries: 8, mostNames: 50 });
    const { names, push } = collector.recorder(kind);
    const arrive = (...given: readonly [key: string, agent: string, model: string, outcome: string]): void => {
      for (const [place, name] of given.entries()) names[place] = name;
      push(0);
    };
    arrive('honest', 'a', 'm', 'complete');
    for (let index = 0; index < 40; index += 1) arrive('other one', `agent ${index}`, `model ${index}`, 'complete');
    for (let index = 0; index < 5; index += 1) arrive(`late ${index}`, 'a', 'm', 'complete');
    arrive('honest', 'a', 'm', 'failed');
    arrive('honest', 'a', 'm', 'complete');
    const [recorded] = collector.recorded();
    const byKey = new Map<string, number>();
    for (const series of recorded?.series ?? [])
      byKey.set(series.names[0] ?? '', (byKey.get(series.names[0] ?? '') ?? 0) + series.count);
    expect([...byKey]).toEqual([
      ['honest', 3],
      ['other one', 40],
      ['late 0', 1],
      ['late 1', 1],
      ['late 2', 1],
      ['late 3', 1],
      ['late 4', 1],
    ]);
    expect(recorded?.series.map((series) => series.names.slice(1))).toContainEqual(['other', 'other', 'complete']);
    await collector.close();
  });

  it('tells ten times as many names of what is kept apart, and no more', async () => {
    const kind = defineKind({
      name: 'arrival',
      about: 'An arrival.',
      dimensions: { key: '' },
      measures: {},
      kept: ['key'],
    });
    const collector = createCollector({ mostNames: 2 });
    const { names, push } = collector.recorder(kind);
    for (let key = 0; key < 25; key += 1) {
      names[0] = `${key}`;
      push(0);
    }
    const [recorded] = collector.recorded();
    expect(recorded?.series).toHaveLength(21);
    expect(recorded?.series.at(-1)).toMatchObject({ names: ['other'], count: 5 });
    await collector.close();
  });

  it('takes what is called other for no overflow', async () => {
    const { collector, push } = collecting();
    for (const model of ['a', 'other', 'other']) push(model);
    expect(collector.recorded()[0]?.overflowed).toBe(0);
    await collector.close();
  });

  it('has one series for what is called other and what is beyond the limits', async () => {
    const { collector, push } = collecting({ mostNames: 1 });
    for (const model of ['a', 'other', 'b', 'other']) push(model);
    const [recorded] = collector.recorded();
    expect(recorded?.series.map(({ names, count }) => [names[0], count])).toEqual([
      ['a', 1],
      ['other', 3],
    ]);
    await collector.close();
  });

  it('finds thousands of series again', async () => {
    const { collector, push } = collecting({ mostNames: 10_000, mostSeries: 10_000 });
    for (let round = 0; round < 2; round += 1) for (let model = 0; model < 3000; model += 1) push(`model ${model}`);
    const [recorded] = collector.recorded();
    expect(recorded?.series).toHaveLength(3000);
    expect(recorded?.series.every(({ names, count }, index) => names[0] === `model ${index}` && count === 2)).toBe(
      true,
    );
    await collector.close();
  });

  it('goes on where an exporter fails, and says what was lost', async () => {
    const faults: unknown[] = [];
    const hear = (message: unknown): void => void faults.push(message);
    channels.fault.subscribe(hear);
    const told: Told[] = [];
    const failing: Exporter = { name: 'failing', export: () => Promise.reject(new Error('no disk')), async close() {} };
    const { collector, push } = collecting({ exporters: [failing, exporterTo(told)] });
    push('a');
    push('b');
    await collector.flush();
    expect(told).toHaveLength(1);
    expect([...collector.lost()]).toEqual([
      ['failing', 2],
      ['test', 0],
    ]);
    expect(faults).toMatchObject([{ where: 'failing', lost: 2 }]);
    channels.fault.unsubscribe(hear);
    await collector.close();
  });

  it('drops what an exporter cannot keep up with', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: Exporter = { name: 'slow', export: () => gate, async close() {} };
    const { collector, push } = collecting({ exporters: [slow], flushEvents: 10, mostWaiting: 25 });
    for (let index = 0; index < 50; index += 1) push('a');
    expect(collector.lost().get('slow')).toBe(30);
    release();
    await collector.close();
  });

  it('gives each exporter rows of its own', async () => {
    const told: Told[] = [];
    const spoiling: Exporter = {
      name: 'spoiling',
      async export(batch) {
        batch.rows.fill(0);
      },
      async close() {},
    };
    const { collector, push } = collecting({ exporters: [spoiling, exporterTo(told)] });
    push('a', { cost: 7 });
    await collector.flush();
    expect(told[0]?.rows[0]?.[3]).toBe(7);
    await collector.close();
  });

  it('closes once, with all that was recorded', async () => {
    const { collector, push, told } = collecting();
    push('a');
    await Promise.all([collector.close(), collector.close()]);
    expect(told).toHaveLength(1);
  });
});

describe('a kind of events', () => {
  it.each([
    ['Call', {}, 'lower case'],
    ['call', { measures: { series: { unit: 'count', keep: 'sum', about: '' } } }, 'column of the store'],
    ['call', { isCounted: true, measures: { a: { unit: 'count', keep: 'histogram', about: '' } } }, 'no histogram'],
    ['call', { dimensions: { a: '' }, measures: { a: { unit: 'count', keep: 'sum', about: '' } } }, 'the same name'],
  ] as const)('is refused as %s %j', (name, given, reason) => {
    const definition: KindDefinition = { name, about: '', dimensions: {}, measures: {}, ...given };
    expect(() => defineKind(definition)).toThrow(
      expect.objectContaining({ code: 'TELEMETRY_KIND_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});
