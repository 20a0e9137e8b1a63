import { showBytes, showCount, showDuration, showUsd } from '../../format/figures.ts';
import { orUnknown, showShare } from '../../format/shares.ts';
import { useLive } from '../../live/live.ts';
import { LiveSwitch } from '../../live/live-switch.tsx';
import { Tile } from '../../parts/tile.tsx';

/** What happens at this moment, once a second. */
export const Now = () => {
  const recent = useLive();
  const { figures } = recent;
  const last = figures.at(-1);
  const process = last?.process;
  return (
    <section class="panel now" aria-labelledby="now">
      <div class="panel-head">
        <h2 id="now">Now</h2>
        <LiveSwitch recent={recent} />
      </div>
      <dl class="tiles tiles-small">
        <Tile
          name="Requests a second"
          value={last && showCount(last.requests)}
          about={last && `${showCount(last.inFlight)} under way`}
          course={figures.map(({ requests }) => requests)}
        />
        <Tile
          name="p50, last minute"
          value={last && orUnknown(last.p50, showDuration)}
          about={last && `p95 ${orUnknown(last.p95, showDuration)}`}
          course={figures.map(({ p50 }) => p50)}
        />
        <Tile
          name="First token"
          value={last && orUnknown(last.firstTokenP50, showDuration)}
          about="p50, last minute"
          course={figures.map(({ firstTokenP50 }) => firstTokenP50)}
        />
        <Tile
          name="Cache hit rate"
          value={last && orUnknown(last.hitRate, showShare)}
          about={last && `saved ${showUsd(last.savedUsd)}`}
          course={figures.map(({ hitRate }) => hitRate)}
        />
        <Tile
          name="Processor"
          value={last && orUnknown(process?.cpu, showShare)}
          about={process ? `loop waits ${showDuration(process.loopDelayMs)}` : undefined}
          course={figures.map((each) => each.process?.cpu ?? null)}
        />
        <Tile
          name="Memory"
          value={last && orUnknown(process?.memoryBytes, showBytes)}
          about="of the gateway"
          course={figures.map((each) => each.process?.memoryBytes ?? null)}
        />
      </dl>
    </section>
  );
};
