import { Sparkline } from '../chart/sparkline.tsx';
import type { Change } from '../format/shares.ts';

interface TileProps {
  readonly name: string;
  /** Undefined until it is there. */
  readonly value: string | undefined;
  /** Against the time before. */
  readonly change?: Change | undefined;
  /** Which direction is good news. @default neither */
  readonly better?: 'up' | 'down' | undefined;
  readonly about?: string | undefined;
  readonly course?: readonly (number | null)[] | undefined;
}

const toneOf = ({ direction }: Change, better: TileProps['better']): string =>
  direction === 'same' || better === undefined ? '' : direction === better ? 'tone-good' : 'tone-bad';

/** One figure, with its name above. */
export const Tile = ({ name, value, change, better, about, course }: TileProps) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd>
      {value === undefined ? <span class="skeleton skeleton-value" /> : <b class="value">{value}</b>}
      {change && (
        <span class={`change ${toneOf(change, better)}`}>
          {change.text}
          <span class="hidden"> against the time before</span>
        </span>
      )}
      <small>{about ?? '\u00a0'}</small>
      {course && <Sparkline values={course} />}
    </dd>
  </div>
);
