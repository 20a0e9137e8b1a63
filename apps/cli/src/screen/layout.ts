/** A part of a screen. */
export interface Area {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** How much of a whole a part takes: cells, or a share of what the others leave. */
export type Size = number | { readonly share: number };

/** Whole cells that add up to `total`: fixed sizes first, as long as there is room, then the shares. */
const lengthsOf = (total: number, sizes: readonly Size[]): readonly number[] => {
  let left = total;
  const fixed = sizes.map((size) => {
    if (typeof size !== 'number') return 0;
    const length = Math.min(size, left);
    left -= length;
    return length;
  });
  let shares = sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? 0 : size.share), 0);
  return sizes.map((size, index) => {
    if (typeof size === 'number') return fixed[index] ?? 0;
    const length = Math.round((left * size.share) / shares);
    left -= length;
    shares -= size.share;
    return length;
  });
};

/** Parts one below another. */
export const splitRows = (area: Area, sizes: readonly Size[]): readonly Area[] => {
  let { row } = area;
  return lengthsOf(area.rows, sizes).map((rows) => {
    const part = { ...area, row, rows };
    row += rows;
    return part;
  });
};

/** Parts beside one another. */
export const splitColumns = (area: Area, sizes: readonly Size[]): readonly Area[] => {
  let { column } = area;
  return lengthsOf(area.columns, sizes).map((columns) => {
    const part = { ...area, column, columns };
    column += columns;
    return part;
  });
};
