import type { EventBatch } from '../exporter.ts';

/** An event of a batch, by names. It is the same object for each: what is to stay is copied. */
export interface EventRow {
  /** When it ended, milliseconds since 1970. */
  readonly atMs: number;
  /** How many events it stands for. */
  readonly count: number;
  /** Of its series: the same array each time. */
  readonly names: readonly string[];
  /** In the order of the measures; `NaN` where it has none. */
  figure(place: number): number;
  text(place: number): string | undefined;
}

/** The events of a batch, one after another. */
export function* rowsOf({ kind, count, rows, texts, namesOf }: EventBatch): Generator<EventRow> {
  const width = rows.length / count;
  const figures = width - kind.measureNames.length;
  let at = 0;
  let row = 0;
  const event = {
    atMs: 0,
    count: 1,
    names: [] as readonly string[],
    figure: (place: number): number => rows[at + figures + place] as number,
    text: (place: number): string | undefined => texts[row * kind.textNames.length + place],
  };
  for (; row < count; row += 1, at += width) {
    event.atMs = rows[at] as number;
    if (kind.isCounted) event.count = rows[at + 2] as number;
    event.names = namesOf(rows[at + 1] as number);
    yield event;
  }
}
