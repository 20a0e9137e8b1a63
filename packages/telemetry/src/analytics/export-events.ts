import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import { kindNamed } from '../kinds.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ListedEvent } from '../store/list-events.ts';
import type { Filter } from '../store/query.ts';
import { knownPeriod } from './known-period.ts';
import { dayMs, type Period, type PeriodQuery, shortestStepMs } from './period.ts';

export const exportFormats = ['ndjson', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportQuery extends PeriodQuery {
  /** The name of a kind of events. @default 'request' */
  readonly kind?: string | undefined;
  readonly where?: Filter | undefined;
  /** @default 'ndjson' */
  readonly format?: ExportFormat | undefined;
}

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

const eventsAtOnce = 2000;

/** Columns in the order in which they are written; every row has all of them. */
const columnsOf = (kind: EventKind): readonly string[] => [
  'at',
  ...(kind.isCounted ? ['count'] : kind.textNames),
  ...kind.dimensionNames,
  ...kind.measureNames,
];

const rowOf = (kind: EventKind, { atMs, names, figures, texts }: ListedEvent): Row =>
  Object.fromEntries([
    ['at', new Date(atMs).toISOString()],
    ...kind.textNames.map((name) => [name, texts[name] ?? null] as const),
    ...kind.dimensionNames.map((name) => [name, names[name] ?? ''] as const),
    ...kind.measureNames.map((name) => [name, figures[name] ?? null] as const),
  ]);

function* eventRows(store: EventStore, kind: EventKind, period: Period, where: Filter): Generator<readonly Row[]> {
  let after: number | undefined;
  for (;;) {
    const events = store.list(kind, { ...period, where, after, isOldestFirst: true, limit: eventsAtOnce });
    yield events.map((event) => rowOf(kind, event));
    after = events.at(-1)?.id;
    if (events.length < eventsAtOnce) return;
  }
}

/** Of what is only counted, there is a row for each five minutes. */
function* countRows(store: EventStore, kind: EventKind, period: Period, where: Filter): Generator<readonly Row[]> {
  for (let fromMs = period.fromMs; fromMs < period.toMs; fromMs += dayMs) {
    const toMs = Math.min(fromMs + dayMs, period.toMs);
    const groups = store.aggregate(kind, { fromMs, toMs, where, by: kind.dimensionNames, stepMs: shortestStepMs });
    yield groups.map(({ atMs, count, names, totals }) =>
      Object.fromEntries([
        ['at', new Date(atMs).toISOString()],
        ['count', count],
        ...kind.dimensionNames.map((name) => [name, names[name] ?? ''] as const),
        ...kind.measureNames.map((name) => [name, totals[name] ?? null] as const),
      ]),
    );
  }
}

/** How a cell begins that some spreadsheet takes for a formula, with blanks that some leave out before they look. */
const formulaStart = /^[ \u00a0\u3000]*[=+\-@\t\r\n\0＝＋－＠]/;

/**
 * RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it, by which it is taken for a text (OWASP ASVS
 * 5.0, 1.2.10; CWE-1236). Numbers stay numbers.
 */
const csvCell = (cell: Cell | undefined): string => {
  if (typeof cell !== 'string') return cell === null || cell === undefined ? '' : String(cell);
  const text = formulaStart.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The text that stands in a cell of such an export. */
export const textOfCsvCell = (cell: string): string =>
  cell.startsWith("'") && formulaStart.test(cell.slice(1)) ? cell.slice(1) : cell;

/** Some text of an export, and how many events it tells of. */
export interface ExportPiece {
  readonly text: string;
  readonly events: number;
}

/**
 * Events as text, some of them at a time: a reader that is slow holds nothing up and fills no memory. Figures are in the units of the
 * kind. Throws `TELEMETRY_QUERY_INVALID`.
 */
export function* exportEvents(store: EventStore, query: ExportQuery = {}): Generator<ExportPiece> {
  const { where = {}, format = 'ndjson' } = query;
  if (!exportFormats.includes(format))
    throw new TelemetryError(
      'TELEMETRY_QUERY_INVALID',
      `Nothing is written as "${format}". Choose one of: ${exportFormats.join(', ')}.`,
    );
  const kind = kindNamed(query.kind ?? 'request');
  const { fromMs, toMs } = knownPeriod(store, query, [kind]);
  const columns = columnsOf(kind);
  let isFirst = true;
  const textOf = (rows: readonly Row[]): string => {
    if (format === 'csv')
      return rows.map((row) => `${columns.map((name) => csvCell(row[name])).join(',')}\r\n`).join('');
    if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    return rows.map((row, index) => `${isFirst && index === 0 ? '[' : ','}\n${JSON.stringify(row)}`).join('');
  };
  if (format === 'csv') yield { text: `${columns.join(',')}\r\n`, events: 0 };
  const pages = kind.isCounted
    ? countRows(store, kind, { fromMs: Math.floor(fromMs / shortestStepMs) * shortestStepMs, toMs }, where)
    : eventRows(store, kind, { fromMs, toMs }, where);
  for (const rows of pages) {
    if (rows.length === 0) continue;
    yield { text: textOf(rows), events: rows.length };
    isFirst = false;
  }
  if (format === 'json') yield { text: isFirst ? '[]\n' : '\n]\n', events: 0 };
}
