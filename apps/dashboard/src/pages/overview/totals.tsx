import type { TotalsView } from '../../api/contract.ts';
import { showCount, showDuration, showUsd } from '../../format/figures.ts';
import { changeOf, failedShare, orUnknown, showMany, showRate, showShare } from '../../format/shares.ts';
import { savedOf, tokensOf } from '../../format/sums.ts';
import { Tile } from '../../parts/tile.tsx';

interface TotalsProps {
  readonly totals: TotalsView | undefined;
  readonly before: TotalsView | null | undefined;
  readonly lengthMs: number;
}

const aboutCost = ({ unpriced, estimatedUsd }: TotalsView): string =>
  unpriced > 0
    ? `${showCount(unpriced)} without a known price or count of tokens`
    : `${showUsd(estimatedUsd)} of it estimated`;

/** What the time that was chosen comes to, against the time before it. */
export const Totals = ({ totals, before, lengthMs }: TotalsProps) => {
  const change = (figure: (each: TotalsView) => number | null) =>
    totals && before ? changeOf(figure(totals), figure(before)) : undefined;
  const tell = (figure: (each: TotalsView) => number | null, show: (value: number) => string) =>
    totals && orUnknown(figure(totals), show);
  const would = totals && totals.costUsd + savedOf(totals.savedUsd);
  return (
    <section aria-label="Sums">
      <dl class="tiles">
        <Tile
          name="Requests"
          value={tell((each) => each.requests, showCount)}
          change={change((each) => each.requests)}
          about={totals && showRate((totals.requests / lengthMs) * 1_000)}
        />
        <Tile
          name="Failed"
          value={tell(failedShare, showShare)}
          change={change(failedShare)}
          better="down"
          about={totals && `${showCount(totals.failed)} failed, ${showCount(totals.left)} left`}
        />
        <Tile
          name="Latency, p50"
          value={tell((each) => each.durationMs.p50, showDuration)}
          change={change((each) => each.durationMs.p50)}
          better="down"
          about={
            totals &&
            `p95 ${orUnknown(totals.durationMs.p95, showDuration)}, p99 ${orUnknown(totals.durationMs.p99, showDuration)}`
          }
        />
        <Tile
          name="First token, p50"
          value={tell((each) => each.firstTokenMs.p50, showDuration)}
          change={change((each) => each.firstTokenMs.p50)}
          better="down"
          about={
            totals &&
            `p95 ${orUnknown(totals.firstTokenMs.p95, showDuration)}, p99 ${orUnknown(totals.firstTokenMs.p99, showDuration)}`
          }
        />
        <Tile
          name="Cost"
          value={tell((each) => each.costUsd, showUsd)}
          change={change((each) => each.costUsd)}
          better="down"
          about={totals && aboutCost(totals)}
        />
        <Tile
          name="Saved"
          value={tell((each) => savedOf(each.savedUsd), showUsd)}
          change={change((each) => savedOf(each.savedUsd))}
          better="up"
          about={totals && would ? `${showShare(savedOf(totals.savedUsd) / would)} of what it would cost` : undefined}
        />
        <Tile
          name="Cache hit rate"
          value={tell((each) => each.hitRate, showShare)}
          change={change((each) => each.hitRate)}
          better="up"
          about="of requests it might have"
        />
        <Tile
          name="Tokens"
          value={tell(({ tokens }) => tokensOf(tokens), showMany)}
          change={change(({ tokens }) => tokensOf(tokens))}
          about={
            totals && orUnknown(totals.tokensPerSecond.p50, (rate) => `${showCount(Math.round(rate))} a second, p50`)
          }
        />
      </dl>
    </section>
  );
};
