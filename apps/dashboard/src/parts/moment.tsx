import { showMoment } from '../format/clock.ts';
import { showUtc, unknown } from '../format/figures.ts';

interface MomentProps {
  readonly at: number | null;
}

/** A time in the reader's zone; the title has it in UTC, as the command and the log write it. */
export const Moment = ({ at }: MomentProps) =>
  at === null ? (
    <span>{unknown}</span>
  ) : (
    <time dateTime={new Date(at).toISOString()} title={showUtc(at)}>
      {showMoment(at, Date.now())}
    </time>
  );
