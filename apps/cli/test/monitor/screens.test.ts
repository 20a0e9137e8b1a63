import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Content, drawMonitor } from '../../src/monitor/draw.ts';
import { createHistory } from '../../src/monitor/history.ts';
import { firstState, type InterfaceState } from '../../src/monitor/interface-state.ts';
import { createMetricsReader } from '../../src/monitor/prometheus.ts';
import { readSamples } from '../../src/monitor/reading.ts';
import type { StoreView } from '../../src/monitor/store-view.ts';
import { textFrame } from '../../src/monitor/text-frame.ts';
import { viewOf } from '../../src/monitor/view.ts';
import { type Cells, createCells, linesOf } from '../../src/screen/cells.ts';
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

const store: StoreView = {
  source: 'store',
  at: new Date(start).toISOString(),
  url,
  problem: `no gateway answers at ${url} (ECONNREFUSED).`,
  storeProblem: null,
  store: {
    enabled: true,
    path: '/home/ada/.cache/hotpath/answers.sqlite',
    store: null,
    exists: true,
    entries: 12_408,
    expired: 311,
    bytes: 31_400_000,
    maxBytes: 2 ** 30,
    freeBytes: 81_920,
    logBytes: 1_204_224,
    oldestAt: start - 9 * 86_400_000,
    newestAt: start - 42_000,
    tags: [
      { tag: 'model:anthropic/claude-sonnet-5', entries: 7_012 },
      { tag: 'provider:anthropic', entries: 7_012 },
      { tag: 'model:openai/gpt-4.1-mini', entries: 5_396 },
      { tag: 'provider:openai', entries: 5_396 },
    ],
    usedKeys: 2_048,
    mostUsed: ['ra3DOS5rPezO40VxvUmwFhzsf7oI99juJ7LQ', 'p0Xk1Yv7Qm3nB5tW8zL2cR6dF9gH4jK1sA0E'],
    redis: { reachable: true, roundTripMs: 0.4, entries: 20_114, bytes: 52_000_000 },
  },
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

  it('show the local store', async () => {
    await expect(screen({ view: store }, 80, 24)).toMatchFileSnapshot(golden('store'));
  });

  it('name the store of a plugin in the place of the file', () => {
    const ofPlugin = {
      ...(store.store as NonNullable<StoreView['store']>),
      path: null,
      store: { name: 'files', plugin: 'filed' },
    };
    const shown = screen({ view: { ...store, store: ofPlugin } }, 80, 24);
    expect(shown).toMatch(/store +files of the plugin filed/);
    expect(shown).not.toMatch(/null|used keys/);
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
