import type { ComponentChildren } from 'preact';
import { useOverflow } from './use-overflow.ts';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Stands at the right, with digits of one width. */
  readonly isNumber?: boolean | undefined;
  /** Left out where there is little room, but for a card, which has all below its name. */
  readonly isExtra?: boolean | undefined;
  /** Has a line of its own on a phone. */
  readonly isWide?: boolean | undefined;
  /** What the name means, where it needs saying. */
  readonly about?: string | undefined;
  /** Pixels. @default as it comes */
  readonly width?: number | undefined;
}

export interface DataTableProps<Row> {
  readonly caption: string;
  readonly isCaptionHidden?: boolean | undefined;
  readonly columns: readonly Column<Row>[];
  /** Undefined until they are there: as many places are kept. */
  readonly rows: readonly Row[] | undefined;
  readonly places?: number | undefined;
  /** Rows have a second line. @default false */
  readonly isTall?: boolean | undefined;
  readonly keyOf: (row: Row, index: number) => string;
  readonly empty?: ComponentChildren;
}

const classOf = ({ isNumber, isExtra, isWide }: Column<never>): string =>
  `${isNumber ? 'number' : ''}${isExtra ? ' extra' : ''}${isWide ? ' wide' : ''}`.trim();

const widthOf = ({ isNumber, width = isNumber ? 92 : undefined }: Column<never>): number | undefined => width;
const usualWidth = 120;
/** What a phone has room for. */
const phoneWidth = 300;

/** A table in a box of its own, which scrolls sideways where the table is wider. Its first column names the row. */
export const DataTable = <Row,>(props: DataTableProps<Row>) => {
  const { caption, isCaptionHidden, columns, rows, places = 5, isTall = false, keyOf, empty } = props;
  const { ref, isOverflowing } = useOverflow<HTMLDivElement>();
  // Columns keep their widths whatever comes into them: nothing moves while figures change.
  const leastOf = (shown: readonly Column<Row>[]): number =>
    shown.reduce((sum, column) => sum + (widthOf(column) ?? usualWidth), 0);
  const minWidth = leastOf(columns.filter(({ isExtra }) => !isExtra));
  const scroll = isOverflowing ? ({ tabIndex: 0, role: 'region', 'aria-label': caption } as const) : {};
  if (rows?.length === 0 && empty !== undefined)
    return (
      <div class="table-empty">
        {!isCaptionHidden && <h2>{caption}</h2>}
        {empty}
      </div>
    );
  return (
    <div class="table-box" ref={ref} {...scroll}>
      <table
        class={`${isTall ? 'tall' : ''} ${minWidth > phoneWidth ? 'cards' : ''}`}
        aria-busy={rows === undefined}
        style={{ '--least': `${minWidth}px`, '--all': `${leastOf(columns)}px` }}
      >
        <caption class={isCaptionHidden ? 'hidden' : ''}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                class={classOf(column)}
                title={column.about}
                style={{ width: widthOf(column) === undefined ? undefined : `${widthOf(column)}px` }}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(rows ?? Array.from({ length: places }, () => undefined)).map((row, place) => (
            <tr key={row === undefined ? `place ${place}` : keyOf(row, place)}>
              {columns.map((column, index) => {
                const content = row === undefined ? <span class="skeleton skeleton-text" /> : column.cell(row);
                return index === 0 ? (
                  <th key={column.name} scope="row" class={classOf(column)}>
                    {content}
                  </th>
                ) : (
                  <td key={column.name} class={classOf(column)} data-name={column.name}>
                    {content}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
