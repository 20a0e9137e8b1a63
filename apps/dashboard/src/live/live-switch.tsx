import { showCount } from '../format/figures.ts';
import { setPaused } from './live.ts';
import type { Recent } from './recent.ts';

interface LiveSwitchProps {
  readonly recent: Recent;
}

const titles = { connecting: 'Connecting', open: 'Live', waiting: 'Connection lost, trying again', closed: 'Not live' };

/** Whether what is shown is of now, and a button that holds it still. */
export const LiveSwitch = ({ recent: { status, isPaused, missed } }: LiveSwitchProps) => (
  <span class="live">
    <span class={`live-state live-${isPaused ? 'paused' : status}`} role="status">
      {isPaused ? 'Paused' : titles[status]}
    </span>
    <button type="button" class="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
      {isPaused ? 'Go on' : 'Pause'}
      {isPaused && missed > 0 && ` (${showCount(missed)} new)`}
    </button>
  </span>
);
