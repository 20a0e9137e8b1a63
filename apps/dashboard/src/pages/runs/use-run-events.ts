import { useEffect, useState } from 'preact/hooks';
import { type ApiError, apiUrl, request } from '../../api/request.ts';
import type { AttemptView, LiveRunView } from '../../api/run-views.ts';
import { session } from '../../api/session.ts';
import { connectEvents, type Status } from '../../live/events.ts';

export interface RunEvents {
  readonly run: LiveRunView | undefined;
  /** By step and number of the attempt, in the order in which they began. */
  readonly attempts: ReadonlyMap<string, AttemptView>;
  readonly status: Status;
  readonly hasEnded: boolean;
  /** There is no such run. */
  readonly isMissing: boolean;
}

const nothing: RunEvents = {
  run: undefined,
  attempts: new Map(),
  status: 'connecting',
  hasEnded: false,
  isMissing: false,
};
/** Thousands of steps may come at once: they are drawn together. */
const drawEveryMs = 100;

/** A run as it goes on, until it has ended. `round`: another one asks anew, as for a run that was undone. */
export const useRunEvents = (id: string, round: number): RunEvents => {
  const [state, setState] = useState(nothing);
  // A round asks once more for the same.
  useEffect(() => {
    let current: RunEvents = nothing;
    const attempts = new Map<string, AttemptView>();
    let timer: number | undefined;
    const change = (changes: Partial<RunEvents>) => {
      current = { ...current, ...changes };
      timer ??= window.setTimeout(() => {
        timer = undefined;
        setState({ ...current, attempts: new Map(attempts) });
      }, drawEveryMs);
    };
    // Events do not tell why there are none; what is not there does not come by asking.
    const look = () =>
      void request(`runs/${encodeURIComponent(id)}`).catch(({ status }: ApiError) => {
        if (status !== 404) return;
        events.close();
        change({ isMissing: true });
      });
    const events = connectEvents({
      open: () => new EventSource(apiUrl(`runs/${encodeURIComponent(id)}/events`)),
      on: {
        run: (data) => change({ run: data as LiveRunView }),
        step: (data) => {
          const attempt = data as AttemptView;
          attempts.set(`${attempt.step}\n${attempt.attempt}`, attempt);
          change({});
        },
        end: () => {
          change({ hasEnded: true, isMissing: current.run === undefined });
          events.close();
        },
      },
      onStatus: (status) => {
        change({ status });
        if (status === 'waiting') look();
      },
      onLost: session.check,
    });
    return () => {
      events.close();
      window.clearTimeout(timer);
    };
  }, [id, round]);
  return state;
};
