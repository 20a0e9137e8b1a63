import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Limits } from '../../src/limits/gate.ts';
import { createLimiter, type Limiter } from '../../src/limits/limiter.ts';
import type { Refusal, Reservation, ReserveRequest, Verdict } from '../../src/limits/reservation.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  // Whatever a test did, nobody is left in a queue.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const limiterOf = (limits: Limits, maxQueue?: number): Limiter =>
  createLimiter({ limits, name: 'key:a', now: () => Date.now(), ...(maxQueue !== undefined && { maxQueue }) });

const granted = (verdict: Verdict | Promise<Verdict>): Reservation => {
  if (verdict instanceof Promise || !verdict.granted) throw new Error('It was not granted at once.');
  return verdict;
};
const refused = (verdict: Verdict | Promise<Verdict>): Refusal => {
  if (verdict instanceof Promise || verdict.granted) throw new Error('It was not refused at once.');
  return verdict;
};

/** Asks, and tells when it was decided. */
const ask = (limiter: Limiter, request: Partial<ReserveRequest> = {}) => {
  const asked: { verdict?: Verdict; error?: unknown; at?: number } = {};
  void Promise.resolve(limiter.reserve({ tokens: 1, ...request })).then(
    (verdict) => Object.assign(asked, { verdict, at: Date.now() }),
    (error: unknown) => Object.assign(asked, { error, at: Date.now() }),
  );
  return asked;
};
const endOf = (asked: { verdict?: Verdict }): Reservation => granted(asked.verdict as Verdict);
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('concurrency', () => {
  it('is never above its limit; who waits goes in order when a place comes free', async () => {
    const limiter = limiterOf({ concurrency: 2 });
    const first = granted(limiter.reserve({ tokens: 1 }));
    const second = granted(limiter.reserve({ tokens: 1 }));
    const waiting = [ask(limiter), ask(limiter), ask(limiter)];
    await settled();
    expect(limiter.state()).toMatchObject({ active: 2, waiting: 3 });
    second.settle(1);
    await settled();
    expect(waiting.map(({ verdict }) => verdict?.granted)).toEqual([true, undefined, undefined]);
    first.release();
    await settled();
    expect(waiting.map(({ verdict }) => verdict?.granted)).toEqual([true, true, undefined]);
    endOf(waiting[0] as object).settle(1);
    endOf(waiting[1] as object).settle(1);
    await settled();
    endOf(waiting[2] as object).settle(1);
    expect(limiter.state()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('tells to come back after the time that calls take of late', async () => {
    const limiter = limiterOf({ concurrency: 1 });
    for (let call = 0; call < 60; call++) {
      const reservation = granted(limiter.reserve({ tokens: 1 }));
      await vi.advanceTimersByTimeAsync(4_000);
      reservation.settle(1);
    }
    granted(limiter.reserve({ tokens: 1 }));
    const { limit, retryAfterMs } = refused(limiter.reserve({ tokens: 1, deadlineMs: 0 }));
    expect(limit).toBe('concurrency');
    expect(Math.abs(retryAfterMs - 4_000)).toBeLessThan(10);
  });
});

describe('requests and tokens', () => {
  it('lets the burst of a minute pass and the next when its minute is over', async () => {
    const limiter = limiterOf({ requestsPerMinute: 200 });
    const asked = Array.from({ length: 500 }, () => ask(limiter));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(asked.filter(({ verdict }) => verdict).length).toBe(200);
    await vi.advanceTimersByTimeAsync(120_000);
    const starts = asked.map(({ at }) => Math.round(((at as number) - (asked[0]?.at as number)) / 60_000));
    expect(starts).toEqual([...Array(200).fill(0), ...Array(200).fill(1), ...Array(100).fill(2)]);
  });

  it('reserves tokens before and gives back what was not used', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    const first = granted(limiter.reserve({ tokens: 900 }));
    const next = ask(limiter, { tokens: 700 });
    await settled();
    expect(next.verdict).toBeUndefined();
    first.settle(300);
    await settled();
    expect(next.verdict?.granted).toBe(true);
    expect(limiter.state().tokens).toBe(1_000);
  });

  it('gives back all tokens of a call without an answer, and the request only of one that was not sent', () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000, requestsPerMinute: 10 });
    granted(limiter.reserve({ tokens: 900 })).release();
    expect(limiter.state()).toMatchObject({ tokens: 0, requests: 1 });
    granted(limiter.reserve({ tokens: 900 })).release({ sent: false });
    expect(limiter.state()).toMatchObject({ tokens: 0, requests: 1 });
  });

  it('charges what was used beyond the reservation, and makes up for it', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    const first = granted(limiter.reserve({ tokens: 500 }));
    await vi.advanceTimersByTimeAsync(30_000);
    first.settle(1_400);
    expect(limiter.state().tokens).toBe(1_400);
    const next = ask(limiter, { tokens: 100 });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(next.verdict).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(next.verdict?.granted).toBe(true);
  });

  it('is settled once, by whichever comes first', () => {
    const limiter = limiterOf({ concurrency: 5, tokensPerMinute: 1_000, requestsPerMinute: 5 });
    const others = granted(limiter.reserve({ tokens: 100 }));
    const reservation = granted(limiter.reserve({ tokens: 500 }));
    reservation.settle(200);
    const after = limiter.state();
    expect(after).toMatchObject({ active: 1, tokens: 300, requests: 2 });
    reservation.settle(0);
    reservation.settle(900);
    reservation.release({ sent: false });
    expect(limiter.state()).toEqual(after);
    others.release({ sent: false });
    others.settle(100);
    expect(limiter.state()).toMatchObject({ active: 0, tokens: 200, requests: 1 });
  });

  it('keeps the reservation where the answer told nonsense', () => {
    const limiter = limiterOf({ tokensPerMinute: 10_000 });
    for (const nonsense of [Number.NaN, -5, Number.POSITIVE_INFINITY, undefined as unknown as number]) {
      granted(limiter.reserve({ tokens: 100 })).settle(nonsense);
    }
    expect(limiter.state().tokens).toBe(400);
  });

  it('forgets a call of which the answer came after its minute, but not what it used beyond', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    const reservation = granted(limiter.reserve({ tokens: 800 }));
    await vi.advanceTimersByTimeAsync(60_000);
    const other = granted(limiter.reserve({ tokens: 500 }));
    reservation.settle(100);
    expect(limiter.state().tokens).toBe(500);
    await vi.advanceTimersByTimeAsync(60_000);
    other.settle(600);
    expect(limiter.state().tokens).toBe(100);
  });
});

describe('the queue', () => {
  it('lets nobody small overtake somebody large', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    granted(limiter.reserve({ tokens: 600 }));
    await vi.advanceTimersByTimeAsync(10_000);
    const order: string[] = [];
    const queue = (name: string, tokens: number) =>
      void Promise.resolve(limiter.reserve({ tokens })).then(() => order.push(name));
    queue('large', 900);
    queue('small', 50);
    queue('tiny', 1);
    await vi.advanceTimersByTimeAsync(49_999);
    expect(order).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(['large', 'small', 'tiny']);
  });

  it('refuses at the deadline, and says when to come again', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    granted(limiter.reserve({ tokens: 1_000 }));
    const late = ask(limiter, { tokens: 10, deadlineMs: 5_000 });
    const patient = ask(limiter, { tokens: 10, deadlineMs: 60_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(late.verdict).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(late.verdict).toMatchObject({ granted: false, limit: 'tokens', retryAfterMs: 55_000, name: 'key:a' });
    expect(late.verdict).toHaveProperty('reason', expect.stringMatching(/key:a allows 1000 tokens a minute.*55 s/));
    await vi.advanceTimersByTimeAsync(55_000);
    expect(patient.verdict?.granted).toBe(true);
  });

  it('lets the next one in when the deadline comes of a large one in front', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    granted(limiter.reserve({ tokens: 500 }));
    const large = ask(limiter, { tokens: 900, deadlineMs: 1_000 });
    const small = ask(limiter, { tokens: 100 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([large.verdict?.granted, small.verdict?.granted]).toEqual([false, true]);
  });

  it('lets the next ones in when those in front give up', async () => {
    const limiter = limiterOf({ tokensPerMinute: 1_000 });
    granted(limiter.reserve({ tokens: 500 }));
    const controller = new AbortController();
    const large = ask(limiter, { tokens: 900, deadlineMs: 1_000 });
    const larger = ask(limiter, { tokens: 1_000, signal: controller.signal });
    const small = ask(limiter, { tokens: 100 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([large.verdict?.granted, small.verdict]).toEqual([false, undefined]);
    controller.abort();
    await settled();
    expect(small).toMatchObject({ verdict: { granted: true }, at: Date.now() });
    expect(larger.error).toMatchObject({ code: 'ROUTER_ABORTED' });
  });

  it('refuses at once, without a deadline to wait for or where waiting is in vain', () => {
    const limiter = limiterOf({ requestsPerMinute: 1, tokensPerMinute: 100 });
    granted(limiter.reserve({ tokens: 1 }));
    expect(refused(limiter.reserve({ tokens: 1, deadlineMs: 0 }))).toMatchObject({ limit: 'requests' });
    expect(refused(limiter.reserve({ tokens: 1, deadlineMs: -3 }))).toMatchObject({ limit: 'requests' });
    expect(refused(limiter.reserve({ tokens: 1, deadlineMs: 59_000 }))).toMatchObject({ retryAfterMs: 60_000 });
    const tooLarge = refused(limiter.reserve({ tokens: 101 }));
    expect(tooLarge).toMatchObject({ limit: 'tokens', retryAfterMs: Number.POSITIVE_INFINITY });
    expect(tooLarge.reason).toMatch(/101 tokens.*100 a minute.*raise/);
    expect(limiter.state()).toMatchObject({ active: 1, waiting: 0, requests: 1, tokens: 1 });
  });

  it('lets nobody pass a limit of 0', () => {
    for (const [limits, limit] of [
      [{ concurrency: 0 }, 'concurrency'],
      [{ requestsPerMinute: 0 }, 'requests'],
      [{ tokensPerMinute: 0 }, 'tokens'],
    ] as const) {
      const verdict = refused(limiterOf(limits).reserve({ tokens: 1 }));
      expect(verdict).toMatchObject({ limit, retryAfterMs: Number.POSITIVE_INFINITY });
    }
  });

  it('holds only so many', async () => {
    const limiter = limiterOf({ concurrency: 1 }, 2);
    const first = granted(limiter.reserve({ tokens: 1 }));
    const controller = new AbortController();
    const waiting = [ask(limiter, { signal: controller.signal }), ask(limiter)];
    expect(refused(limiter.reserve({ tokens: 1 }))).toMatchObject({ limit: 'queue', name: 'key:a' });
    controller.abort();
    waiting.push(ask(limiter));
    expect(refused(limiter.reserve({ tokens: 1 }))).toMatchObject({ limit: 'queue' });
    first.settle(1);
    await settled();
    endOf(waiting[1] as object).settle(1);
    await settled();
    expect(waiting[2]?.verdict?.granted).toBe(true);
  });

  it('keeps nothing of who left it: no place, no timer, no listener', async () => {
    const limiter = limiterOf({ concurrency: 1, tokensPerMinute: 10 });
    const first = granted(limiter.reserve({ tokens: 10 }));
    const controllers = Array.from({ length: 50 }, () => new AbortController());
    const waiting = controllers.map(({ signal }, index) =>
      ask(limiter, { signal, tokens: 5, ...(index % 2 === 0 && { deadlineMs: 100 + index }) }),
    );
    await vi.advanceTimersByTimeAsync(120);
    for (const controller of controllers.slice(25)) controller.abort(new Error('gone'));
    await settled();
    const left = waiting.filter((asked) => asked.verdict === undefined && asked.error === undefined).length;
    // 11 deadlines came, 25 were aborted.
    expect(left).toBe(14);
    expect(limiter.state()).toMatchObject({ active: 1, waiting: left });
    first.release();
    await vi.advanceTimersByTimeAsync(1);
    for (const asked of waiting) if (asked.verdict?.granted) asked.verdict.release();
    for (let turn = 0; turn < 20; turn++) {
      await vi.advanceTimersByTimeAsync(60_000);
      for (const asked of waiting) if (asked.verdict?.granted) asked.verdict.release();
    }
    expect(limiter.state()).toMatchObject({ active: 0, waiting: 0, tokens: 0 });
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(waiting.map(({ error }) => error).filter((error) => error !== undefined).length).toBe(25);
  });

  it('takes nobody whose caller has left already', async () => {
    const limiter = limiterOf({ concurrency: 1 });
    await expect(limiter.reserve({ tokens: 1, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ROUTER_ABORTED',
    });
    expect(limiter.state().active).toBe(0);
  });

  it('follows limits that change, with what was used before', async () => {
    const limiter = limiterOf({ concurrency: 1, tokensPerMinute: 100 });
    granted(limiter.reserve({ tokens: 40 }));
    const waiting = [ask(limiter, { tokens: 30 }), ask(limiter, { tokens: 30 }), ask(limiter, { tokens: 90 })];
    limiter.update({ concurrency: 2, tokensPerMinute: 100 });
    await settled();
    expect(waiting.map(({ verdict }) => verdict?.granted)).toEqual([true, undefined, undefined]);
    limiter.update({ tokensPerMinute: 80 });
    await settled();
    expect(waiting.map(({ verdict }) => verdict?.granted)).toEqual([true, undefined, undefined]);
    limiter.update({ tokensPerMinute: 100 });
    limiter.update({ tokensPerMinute: 80 });
    await settled();
    expect(waiting.map(({ verdict }) => verdict)).toMatchObject([
      { granted: true },
      { granted: true },
      { granted: false, retryAfterMs: Number.POSITIVE_INFINITY },
    ]);
    limiter.update({});
    expect(limiter.state()).toMatchObject({ limits: {}, tokens: 100 });
  });

  it('fails all who wait when it is closed, and all who come', async () => {
    const limiter = limiterOf({ concurrency: 1 });
    const reservation = granted(limiter.reserve({ tokens: 1 }));
    const waiting = [ask(limiter, { deadlineMs: 1_000 }), ask(limiter)];
    limiter.close();
    limiter.close();
    await settled();
    for (const { error } of waiting) expect(error).toMatchObject({ code: 'ROUTER_CLOSED' });
    await expect(limiter.reserve({ tokens: 1 })).rejects.toMatchObject({ code: 'ROUTER_CLOSED' });
    reservation.settle(1);
    expect(limiter.state().active).toBe(0);
  });

  it('waits longer than a timer of Node can', async () => {
    const limiter = limiterOf({ concurrency: 1 });
    const reservation = granted(limiter.reserve({ tokens: 1 }));
    const waiting = ask(limiter, { deadlineMs: 2 ** 40 });
    await vi.advanceTimersByTimeAsync(2 ** 31 + 10);
    expect(waiting.verdict).toBeUndefined();
    reservation.settle(1);
    await settled();
    expect(waiting.verdict?.granted).toBe(true);
  });
});

describe('what makes no sense', () => {
  it('is said', () => {
    for (const limits of [{ concurrency: 1.5 }, { requestsPerMinute: -1 }, { tokensPerMinute: Number.NaN }]) {
      expect(() => limiterOf(limits)).toThrow(/must be a whole number of at least 0/);
    }
    expect(() => limiterOf({}, -1)).toThrow(/"maxQueue"/);
    const limiter = limiterOf({});
    for (const tokens of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(() => limiter.reserve({ tokens })).toThrow(/"tokens"/);
    }
    expect(() => limiter.reserve({ tokens: 1, deadlineMs: Number.NaN })).toThrow(/"deadlineMs"/);
    expect(() => limiter.update({ concurrency: -1 })).toThrow();
    expect(limiter.state().limits).toEqual({});
  });

  it('does no harm where it is the clock', async () => {
    let now = 100_000;
    const limiter = createLimiter({ limits: { requestsPerMinute: 1 }, now: () => now });
    granted(limiter.reserve({ tokens: 1 }));
    now = 10_000;
    expect(refused(limiter.reserve({ tokens: 1, deadlineMs: 0 })).retryAfterMs).toBe(60_000);
    now = 160_000;
    granted(limiter.reserve({ tokens: 1 }));
  });
});
