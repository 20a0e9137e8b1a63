import type { CacheStateOfStores } from '../commands/cache-stats.ts';
import { showDuration, showTime } from '../figures.ts';
import type { Cells } from '../screen/cells.ts';
import { type Area, splitColumns, splitRows } from '../screen/layout.ts';
import { drawPanel, type Line, writeLine } from '../screen/panel.ts';
import { bad, bold, plain, quiet } from '../screen/styles.ts';
import { type Column, drawTable, scrolled } from '../screen/table.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';
import { showAmount, showShare, showSize } from './words.ts';

/** One sample of the local store, as `--json` prints it. */
export interface StoreView {
  readonly source: 'store';
  /** ISO 8601. */
  readonly at: string;
  /** Where a gateway was looked for, and why none was found. */
  readonly url: string;
  readonly problem: string;
  /** Null while it cannot be read: `storeProblem` says why. */
  readonly store: CacheStateOfStores | null;
  readonly storeProblem: string | null;
}

type Tag = CacheStateOfStores['tags'][number];

const tagColumns: readonly Column<Tag>[] = [
  { title: 'tag', text: ({ tag }) => tag },
  { title: 'entries', width: 9, align: 'right', text: ({ entries }) => showAmount(entries) },
];

const keyColumns: readonly Column<string>[] = [{ title: 'key', text: (key) => key }];

const storeLines = (store: CacheStateOfStores): readonly Line[] => {
  const line = (name: string, text: string): Line => [
    [name.padEnd(11), quiet],
    [text, bold],
  ];
  const used = store.maxBytes > 0 ? ` (${showShare(store.bytes / store.maxBytes)})` : '';
  const size = `${showSize(store.bytes)} of ${showSize(store.maxBytes)}${used}`;
  const lines =
    store.store === null
      ? [
          line('file', store.exists ? `${store.path}` : `${store.path} (not there yet)`),
          line('entries', `${showAmount(store.entries)}, ${showAmount(store.expired)} expired`),
          line('size', `${size}, ${showSize(store.freeBytes)} free, log ${showSize(store.logBytes)}`),
          line('used keys', `${showAmount(store.usedKeys)} remembered`),
        ]
      : [
          line('store', `${store.store.name} of the plugin ${store.store.plugin}`),
          line('entries', showAmount(store.entries)),
          line('size', size),
        ];
  if (store.oldestAt !== null) lines.push(line('oldest', showTime(store.oldestAt)));
  if (store.newestAt !== null) lines.push(line('newest', showTime(store.newestAt)));
  if (store.redis !== null) {
    const { reachable, roundTripMs = 0, entries = 0, bytes = 0, error } = store.redis;
    const text = reachable
      ? `${showDuration(roundTripMs)}, ${showAmount(entries)} entries, ${showSize(bytes)}`
      : `not reachable: ${error}`;
    lines.push([
      ['redis'.padEnd(11), quiet],
      [text, reachable ? bold : bad],
    ]);
  }
  return lines;
};

/** Draws what the cache's file holds. Returns the panels that can have the focus. */
export const drawStore = (
  cells: Cells,
  area: Area,
  view: StoreView,
  { focus, offsets }: InterfaceState,
): readonly FocusPanel[] => {
  const [top, below] = splitRows(area, [9, { share: 1 }]) as [Area, Area];
  const [left, right] = splitColumns(below, [{ share: 1 }, { share: 1 }]) as [Area, Area];
  const { store } = view;
  const inner = drawPanel(cells, top, { title: 'Local store', isFocused: focus === 0 });
  const lines = store ? storeLines(store) : [[[view.storeProblem ?? '', plain] as const]];
  for (const [row, line] of lines.entries()) writeLine(cells, inner, row, line);
  const drawList = <Row>(
    number: number,
    part: Area,
    title: string,
    columns: readonly Column<Row>[],
    rows: readonly Row[],
  ): FocusPanel => {
    const within = drawPanel(cells, part, { title, isFocused: focus === number, note: `${rows.length}` });
    const room = Math.max(0, within.rows - 1);
    drawTable(cells, within, columns, rows, scrolled(offsets[title] ?? 0, rows.length, room));
    return { name: title, rows: rows.length, room };
  };
  return [
    { name: 'Local store', rows: 0, room: 0 },
    drawList(1, left, 'Entries by tag', tagColumns, store?.tags ?? []),
    drawList(2, right, 'Most used', keyColumns, store?.mostUsed ?? []),
  ];
};
