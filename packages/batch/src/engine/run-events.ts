import { channels, type RunEvent } from '../events.ts';

/** Hands events of one run to whoever iterates over it, and to the channel. */
export interface RunEvents {
  readonly isHeard: () => boolean;
  publish(event: RunEvent): void;
  /** Events from here on, to the end of the run. */
  subscribe(): AsyncIterableIterator<RunEvent>;
  end(): void;
}

interface Listener {
  readonly waiting: RunEvent[];
  wake: (() => void) | undefined;
}

export const createRunEvents = (): RunEvents => {
  const listeners = new Set<Listener>();
  let isEnded = false;
  const wake = (listener: Listener): void => {
    listener.wake?.();
    listener.wake = undefined;
  };
  return {
    isHeard: () => listeners.size > 0 || channels.run.hasSubscribers,
    publish(event) {
      if (channels.run.hasSubscribers) channels.run.publish(event);
      for (const listener of listeners) {
        listener.waiting.push(event);
        wake(listener);
      }
    },
    subscribe() {
      const listener: Listener = { waiting: [], wake: undefined };
      listeners.add(listener);
      const events = (async function* () {
        try {
          let at = 0;
          while (true) {
            for (; at < listener.waiting.length; at += 1) yield listener.waiting[at] as RunEvent;
            listener.waiting.length = 0;
            at = 0;
            if (isEnded) return;
            await new Promise<void>((resolve) => {
              listener.wake = resolve;
            });
          }
        } finally {
          listeners.delete(listener);
        }
      })();
      return events;
    },
    end() {
      isEnded = true;
      for (const listener of listeners) wake(listener);
    },
  };
};
