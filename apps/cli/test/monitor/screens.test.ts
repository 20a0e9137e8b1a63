import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Content, drawMonitor } from '../../src/monitor/draw.ts';
import { createHistory } from '../../src/monitor/history.ts';
import { firstState, type InterfaceState } from '../../src/monitor/interface-state.ts';
import { createMetricsReader } from '../../src/monitor/prometheus.ts';
import { readSamples } from '../../src/monitor/reading.ts';
import { textFrame } from '../../src/monitor/text-frame.ts';
import { viewOf } from '../../src/monitor/view.ts';
import { type Cells, createCells, linesOf } from '../../src/screen/cells.ts';
import { storeView } from './store-sample.ts';
import { svgOf } from './svg.ts';
import { createTraffic, type Traffic } from './traffic.ts';

const url = 'http://127.0.0.1:4000';
const start = Date.UTC(2026, 10, 21, 15, 30);

/** What is seen after so many seconds of traffic. */
const watch = (traffic: Traffic, seconds: number, problem?: string): Content => {
  const history = createHistory();
  const reader = createMetricsReader();
  for (let second = 0; second < seconds; second += 1) {
    traffic.pass(1);
    if (second % 40 === 25) history.addGap(second * 1000);
    else history.add(readSamples(reader.read(traffic.metrics())), second * 1000);
  }
  if (problem !== undefined) history.addGap(seconds * 1000);
  const at = new Date(start + seconds * 1000);
  return { view: viewOf({ history, url, at, problem }), rates: history.rates('requests', 400) };
};

const drawn = (content: Content, columns: number, rows: number, changes: Partial<InterfaceState> = {}): Cells => {
  const cells = createCells(columns, rows);
  drawMonitor(cells, content, { ...firstState, ...changes });
  return cells;
};

const screen = (...given: Parameters<typeof drawn>): string => `${linesOf(drawn(...given)).join('\n')}\n`;

const golden = (name: string): string => `./screens/${name}.txt`;

describe('the screens of the monitor', () => {
  it.each([
    [80, 24],
    [120, 40],
    [300, 100],
  ])('show a gateway at %i x %i', async (columns, rows) => {
    await expect(
      screen(watch(createTraffic({ models: rows === 100 ? 120 : 6 }), rows === 100 ? 40 : 200), columns, rows),
    ).toMatchFileSnapshot(golden(`gateway-${columns}x${rows}`));
  });

  // The pictures of the guide: `-u` draws them anew.
  it.each([
    [80, 24],
    [120, 40],
  ])('are kept in colour at %i x %i', async (columns, rows) => {
    const cells = drawn(watch(createTraffic({ models: 6 }), 200), columns, rows);
    await expect(svgOf(cells)).toMatchFileSnapshot(`../../../../docs/images/monitor-${columns}x${rows}.svg`);
  });

  it('show a gateway that is gone, with what was counted and without rates', async () => {
    const content = watch(createTraffic(), 90, `${url} does not answer (ECONNREFUSED). Looking for it again.`);
    await expect(screen(content, 80, 24)).toMatchFileSnapshot(golden('gateway-gone'));
  });

  it('show the keys', async () => {
    await expect(screen(watch(createTraffic(), 90), 80, 24, { isHelpShown: true })).toMatchFileSnapshot(golden('keys'));
  });

  it('show a filtered, sorted and scrolled list', async () => {
    const changes = { filter: 'MODEL-1', sort: 'name', isPaused: true, focus: 4, offsets: { Models: 3 } } as const;
    await expect(screen(watch(createTraffic({ models: 40 }), 30), 80, 24, changes)).toMatchFileSnapshot(
      golden('filtered'),
    );
  });

  it.each([
    ['store', 80, 24],
    ['store-160x45', 160, 45],
  ])('show the local store, as %s', async (name, columns, rows) => {
    await expect(screen({ view: storeView() }, columns, rows)).toMatchFileSnapshot(golden(name));
  });

  it('show one list of the local store after another where there is little room', () => {
    const lists = [0, 1, 2].map((list) => screen({ view: storeView() }, 80, 24, { list }));
    expect(lists.map((shown) => /╭─ (Models|Requests of late|Runs) /.exec(shown)?.[1])).toEqual([
      'Models',
      'Requests of late',
      'Runs',
    ]);
  });

  it('say what to do where nothing is recorded, and what is wrong where it cannot be read', () => {
    const empty = screen({ view: storeView({ figures: null }) }, 80, 24);
    expect(empty).toMatch(/Nothing is recorded yet in \/home\/ada.*hotpath ask/s);
    const storeProblem = 'The events cannot be used: it is a database of another application.';
    const damaged = screen({ view: storeView({ figures: null, storeProblem }) }, 80, 24);
    expect(damaged).toMatch(/cannot be read.*another application/s);
  });

  it('print the local store with all of its lists', () => {
    const text = textFrame({ view: storeView() });
    for (const title of ['Models', 'Requests of late', 'Runs']) expect(text).toContain(`╭─ ${title} `);
    expect(text).toContain('HTTP_503');
    expect(text).not.toContain('quit');
  });

  it('are printed with all rows of their lists', async () => {
    await expect(textFrame(watch(createTraffic({ models: 20 }), 60))).toMatchFileSnapshot(golden('once'));
  });

  it('say what they need where there is too little room', () => {
    const content = watch(createTraffic(), 5);
    expect(screen(content, 79, 24)).toContain('hotpath monitor needs 80 x 24 characters; this terminal has 79 x 24.');
    expect(screen(content, 30, 5).replaceAll(/\s/g, '')).toContain('thisterminalhas30x5.');
    for (const [columns, rows] of [
      [1, 1],
      [80, 1],
      [1, 50],
    ] as const)
      expect(() => screen(content, columns, rows)).not.toThrow();
  });

  it('draw at every size from the least to the largest, to its edges', () => {
    const content = watch(createTraffic({ models: 30 }), 20);
    for (let columns = 80; columns <= 300; columns += 11) {
      for (let rows = 24; rows <= 100; rows += 4) {
        const lines = screen(content, columns, rows).split('\n');
        expect(lines[rows - 2]?.startsWith('╰'), `${columns} x ${rows}`).toBe(true);
        expect(Array.from(lines[rows - 2] ?? '').length, `${columns} x ${rows}`).toBe(columns);
      }
    }
  });

  it('stand in the guide as they are', () => {
    const guide = readFileSync(new URL('../../../../docs/guide/monitor.md', import.meta.url), 'utf8');
    for (const name of ['gateway-80x24', 'gateway-120x40', 'gateway-gone', 'store', 'keys']) {
      const text = readFileSync(new URL(golden(name), import.meta.url), 'utf8');
      expect(guide, `${name}.txt`).toContain(`\`\`\`text\n${text}\`\`\`\n`);
    }
  });
});
