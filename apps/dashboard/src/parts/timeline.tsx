import { showDuration } from '../format/figures.ts';

export interface TimelineRow {
  readonly key: string;
  readonly name: string;
  /** Beside the name. */
  readonly about?: string | undefined;
  readonly fromMs: number;
  /** `null`: it goes on. */
  readonly durationMs: number | null;
  readonly tone?: 'accent' | 'bad' | 'warn' | 'soft' | undefined;
  /** How deep it stands below others. @default 0 */
  readonly depth?: number | undefined;
}

interface TimelineProps {
  readonly caption: string;
  readonly rows: readonly TimelineRow[];
  readonly totalMs: number;
  /** Says it in words beside the duration. */
  readonly stateOf?: ((row: TimelineRow) => string) | undefined;
}

const percent = (share: number): string => `${Math.min(100, Math.max(0, share * 100))}%`;

/** What took which part of a time: a table, whose last column is drawn. */
export const Timeline = ({ caption, rows, totalMs, stateOf }: TimelineProps) => {
  const total = Math.max(totalMs, 0.001);
  return (
    <table class="timeline">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {['What', 'From', 'Time'].map((name) => (
            <th key={name} scope="col">
              <span class="hidden">{name}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const length = row.durationMs ?? total - row.fromMs;
          return (
            <tr key={row.key}>
              <th scope="row" style={{ paddingLeft: `${(row.depth ?? 0) * 16}px` }}>
                {row.name}
                {row.about && <small>{row.about}</small>}
              </th>
              <td class="track">
                <span class="hidden">from {showDuration(row.fromMs)}</span>
                <i
                  class={`span span-${row.tone ?? 'accent'} ${row.durationMs === null ? 'span-open' : ''}`}
                  style={{ left: percent(row.fromMs / total), width: percent(length / total) }}
                />
              </td>
              <td class="number">
                {row.durationMs === null ? 'under way' : showDuration(row.durationMs)}
                {stateOf && <small>{stateOf(row)}</small>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
