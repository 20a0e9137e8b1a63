import { describe, expect, it } from 'vitest';
import { connectEvents, delayAfter, type EventsOptions, type Source, type Status } from '../src/live/events.ts';

class FakeSource implements Source {
  isClosed = false;
  readonly #listeners = new Map<string, (event: { readonly data?: string }) => void>();

  addEventListener(name: string, listener: (event: { readonly data?: string }) => void): void {
    this.#listeners.set(name, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  send(name: string, data?: unknown): void {
    this.#listeners.get(name)?.(data === undefined ? {} : { data: JSON.stringify(data) });
  }
}

/** Time that passes when it is told to. */
const world = (options: Partial<EventsOptions> = {}) => {
  const sources: FakeSource[] = [];
  const statuses: Status[] = [];
  const taken: unknown[] = [];
  const timers = new Map<() => void, number>();
  let lost = 0;
  const events = connectEvents({
    open: () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    on: { figures: (data) => taken.push(data) },
    onStatus: (status) => statuses.push(status),
    onLost: () => {
      lost += 1;
    },
    random: () => 1,
    schedule: (work, afterMs) => {
      timers.set(work, afterMs);
      return () => timers.delete(work);
    },
    ...options,
  });
  const last = (): FakeSource => sources.at(-1) as FakeSource;
  const ring = (): number => {
    const [[work, afterMs] = [() => {}, -1]] = timers;
    timers.delete(work);
    work();
    return afterMs;
  };
  return { events, sources, statuses, taken, timers, last, ring, lost: () => lost };
};

describe('server-sent events', () => {
  it('are taken by name', () => {
    const { last, taken, statuses } = world();
    last().send('open');
    last().send('figures', { requests: 3 });
    last().send('other', { requests: 4 });
    expect(taken).toEqual([{ requests: 3 }]);
    expect(statuses).toEqual(['connecting', 'open']);
  });

  it('are asked for anew when they stop, each time after a longer wait', () => {
    const { last, ring, statuses, sources, lost } = world();
    last().send('open');
    const waits = [1, 2, 3].map(() => {
      last().send('error');
      return ring();
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(sources.map(({ isClosed }) => isClosed)).toEqual([true, true, true, false]);
    expect(lost()).toBe(3);
    expect(statuses.slice(0, 4)).toEqual(['connecting', 'open', 'waiting', 'connecting']);
  });

  it('wait as little as at first once they came again', () => {
    const { last, ring } = world();
    for (let round = 0; round < 4; round += 1) {
      last().send('error');
      ring();
    }
    last().send('open');
    last().send('error');
    expect(ring()).toBe(1_000);
  });

  it('are taken to have stopped where they are silent for too long', () => {
    const { last, ring, sources, statuses } = world({ silenceMs: 10_000 });
    last().send('open');
    last().send('figures', {});
    expect(ring()).toBe(10_000);
    expect(statuses.at(-1)).toBe('waiting');
    expect(sources[0]?.isClosed).toBe(true);
  });

  it('of a connection that was given up are not taken', () => {
    const { sources, last, ring, taken } = world();
    last().send('error');
    ring();
    sources[0]?.send('figures', 'old');
    sources[0]?.send('error');
    last().send('figures', 'new');
    expect(taken).toEqual(['new']);
    expect(sources).toHaveLength(2);
  });

  it('come at once where somebody says that the network is back', () => {
    const { events, last, sources, timers } = world();
    last().send('error');
    events.retry();
    expect(sources).toHaveLength(2);
    expect(timers.size).toBe(0);
    events.retry();
    expect(sources).toHaveLength(2);
  });

  it('end for good', () => {
    const { events, last, sources, timers, statuses } = world({ silenceMs: 10_000 });
    last().send('open');
    events.close();
    last().send('error');
    expect(last().isClosed).toBe(true);
    expect(timers.size).toBe(0);
    expect(sources).toHaveLength(1);
    expect(statuses.at(-1)).toBe('closed');
  });
});

describe('the wait before another attempt', () => {
  it('has a bound, and is not the same for all', () => {
    expect(delayAfter(0, 0)).toBe(500);
    expect(delayAfter(0, 1)).toBe(1_000);
    expect(delayAfter(1_000, 1)).toBe(30_000);
    expect(delayAfter(1_000, 0)).toBe(15_000);
  });
});
