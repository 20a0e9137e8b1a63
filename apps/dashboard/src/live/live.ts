import { useEffect } from 'preact/hooks';
import type { LiveFigures, RequestView } from '../api/contract.ts';
import { apiUrl } from '../api/request.ts';
import { session } from '../api/session.ts';
import { createStore, useStore } from '../store.ts';
import { connectEvents, type Events } from './events.ts';
import { nothing, type Recent, withEvents } from './recent.ts';

const recent = createStore<Recent>(nothing);

/** Requests come by the dozen: they are drawn together. */
const drawEveryMs = 250;
/** Figures come every second. */
const silenceMs = 10_000;

let watchers = 0;
let events: Events | undefined;
let taken = { figures: [] as LiveFigures[], requests: [] as RequestView[] };
let isDue = false;

const draw = (): void => {
  isDue = false;
  const given = taken;
  taken = { figures: [], requests: [] };
  recent.set(withEvents(recent.get(), given));
};
const drawSoon = (): void => {
  if (isDue) return;
  isDue = true;
  setTimeout(draw, drawEveryMs);
};

const connect = (): void => {
  events ??= connectEvents({
    open: () => new EventSource(apiUrl('dashboard/v1/live')),
    on: {
      figures: (data) => {
        taken.figures.push(data as LiveFigures);
        drawSoon();
      },
      request: (data) => {
        taken.requests.push(data as RequestView);
        drawSoon();
      },
    },
    onStatus: (status) => recent.set({ ...recent.get(), status }),
    onLost: session.check,
    silenceMs,
  });
};
const disconnect = (): void => {
  events?.close();
  events = undefined;
};

/** A page that nobody sees needs no connection: browsers have few of them for one server. */
const follow = (): void => {
  if (watchers > 0 && !document.hidden) connect();
  else disconnect();
};
document.addEventListener('visibilitychange', follow);
window.addEventListener('online', () => events?.retry());

/** Whether the page stands still. */
export const paused = createStore(false);

export const setPaused = (isPaused: boolean): void => {
  paused.set(isPaused);
  recent.set({ ...recent.get(), isPaused, missed: 0 });
};

/** What happens now, as long as a component that asks for it is shown. */
export const useLive = (): Recent => {
  useEffect(() => {
    watchers += 1;
    follow();
    return () => {
      watchers -= 1;
      // The next page may want it as well.
      setTimeout(follow);
    };
  }, []);
  return useStore(recent);
};
