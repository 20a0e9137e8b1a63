import { channels, type RunEvent } from '../events.ts';

/** Hands events of one run to whoever iterates over it, and to the channel. */
export interface RunEvents {
  readonly isHeard: () => boolean;
  publish(event: RunEvent): void;
  /** Events from here on, to the end of the run. Its `next` rejects, after the last of them, with what `fail` was called with. */
  subscribe(): AsyncIterableIterator<RunEvent>;
  end(): void;
  /** Ends them with an error: the run could not begin, or not be written down. */
  fail(error: unknown): void;
}

type End = { readonly error?: unknown };

class Listener implements AsyncIterableIterator<RunEvent> {
  readonly #leave: (listener: Listener) => void;
  #events: RunEvent[] = [];
  #at = 0;
  #end: End | undefined;
  /** Those that wait for an event, the first first. */
  readonly #waiting: PromiseWithResolvers<IteratorResult<RunEvent>>[] = [];

  constructor(leave: (listener: Listener) => void) {
    this.#leave = leave;
  }

  take(event: RunEvent): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#events.push(event);
    else waiting.resolve({ done: false, value: event });
  }

  end(end: End): void {
    this.#end ??= end;
    for (const waiting of this.#waiting.splice(0)) this.#last().then(waiting.resolve, waiting.reject);
  }

  next(): Promise<IteratorResult<RunEvent>> {
    const value = this.#events[this.#at];
    if (value === undefined) return this.#end === undefined ? this.#wait() : this.#last();
    this.#at += 1;
    if (this.#at === this.#events.length) [this.#events, this.#at] = [[], 0];
    return Promise.resolve({ done: false, value });
  }

  return(): Promise<IteratorResult<RunEvent>> {
    this.#leave(this);
    [this.#events, this.#at] = [[], 0];
    this.end({});
    return this.#last();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wait(): Promise<IteratorResult<RunEvent>> {
    const waiting = Promise.withResolvers<IteratorResult<RunEvent>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** The error is told once, as a generator would. */
  #last(): Promise<IteratorResult<RunEvent>> {
    const end = this.#end;
    this.#end = {};
    return end !== undefined && 'error' in end
      ? Promise.reject(end.error)
      : Promise.resolve({ done: true, value: undefined });
  }
}

export const createRunEvents = (): RunEvents => {
  const listeners = new Set<Listener>();
  let ended: End | undefined;
  const end = (how: End): void => {
    ended ??= how;
    for (const listener of listeners) listener.end(ended);
    listeners.clear();
  };
  return {
    isHeard: () => listeners.size > 0 || channels.run.hasSubscribers,
    publish(event) {
      if (channels.run.hasSubscribers) channels.run.publish(event);
      for (const listener of listeners) listener.take(event);
    },
    subscribe() {
      const listener = new Listener((left) => listeners.delete(left));
      if (ended === undefined) listeners.add(listener);
      else listener.end(ended);
      return listener;
    },
    end: () => end({}),
    fail: (error) => end({ error }),
  };
};
