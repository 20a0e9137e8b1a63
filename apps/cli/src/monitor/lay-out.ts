import { type Area, splitColumns, splitRows } from '../screen/layout.ts';

/** Where the panels of a screen are. */
export interface Places {
  readonly requests: Area;
  readonly latency: Area;
  /** A column of panels that is there on wide screens alone. */
  readonly process: Area | undefined;
  readonly money: Area;
  readonly tiers: Area;
  readonly batches: Area | undefined;
  /** What stands in those panels, where they are not there. */
  readonly line: Area;
  readonly bottom: Area;
}

const between = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(most, Math.round(value)));

/** From this width on, process and batches have panels of their own. */
const wideColumns = 120;

export const layOut = (area: Area): Places => {
  const isWide = area.columns >= wideColumns;
  const spare = Math.max(0, area.rows - 22);
  const heights = [between(6, 6 + spare / 4, 16), between(7, 7 + spare / 5, 10), isWide ? 0 : 1, { share: 1 }] as const;
  const [top, middle, line, bottom] = splitRows(area, heights) as [Area, Area, Area, Area];
  const sizes = isWide ? [{ share: 4 }, { share: 4 }, { share: 3 }] : [{ share: 1 }, { share: 1 }];
  const [requests, latency, process] = splitColumns(top, sizes) as [Area, Area, Area?];
  const [money, tiers, batches] = splitColumns(middle, sizes) as [Area, Area, Area?];
  return { requests, latency, process, money, tiers, batches, line, bottom };
};
