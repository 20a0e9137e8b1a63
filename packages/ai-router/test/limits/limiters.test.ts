import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Limits } from '../../src/limits/gate.ts';
import { createLimiters, type Limiters } from '../../src/limits/limiters.ts';
import type { Refusal, Reservation, Verdict } from '../../src/limits/reservation.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Table = Record<string, Limits | undefined>;

const limitersOf = (table: Table, maxQueue = 1_000): Limiters =>
  createLimiters({ limitsOf: (name) => table[name], now: () => Date.now(), maxQueue });

const granted = (verdict: Verdict | Promise<Verdict> | undefined): Reservation => {
  if (!verdict || verdict instanceof Promise || !verdict.granted) throw new Error('It was not granted at once.');
  return verdict;
};
const refused = (verdict: Verdict | Promise<Verdict>): Refusal => {
  if (verdict instanceof Promise || verdict.granted) throw new Error('It was not refused at once.');
  return verdict;
};

/** Asks one after another and notes who is let in, in order. */
const createQueue = (limiters: Limiters) => {
  const order: string[] = [];
  const verdicts: Record<string, Verdict> = {};
  return {
    order,
    verdicts,
    ask(label: string, names: readonly string[], tokens = 1, deadlineMs?: number): void {
      void Promise.resolve(limiters.reserve({ names, tokens, ...(deadlineMs !== undefined && { deadlineMs }) })).then(
        (verdict) => {
          verdicts[label] = verdict;
          order.push(verdict.granted ? label : `${label}:${verdict.name}:${verdict.limit}`);
        },
      );
    },
  };
};
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('several limiters', () => {
  it('are taken together or not at all', () => {
    const limiters = limitersOf({ provider: { concurrency: 10 }, key: { tokensPerMinute: 100 } });
    granted(limiters.reserve({ names: ['provider', 'key'], tokens: 80 }));
    const refusal = refused(limiters.reserve({ names: ['provider', 'key'], tokens: 80, deadlineMs: 0 }));
    expect(refusal).toMatchObject({ name: 'key', limit: 'tokens', retryAfterMs: 60_000 });
    expect(limiters.state('provider')?.active).toBe(1);
  });

  it('tell what is used of each', async () => {
    const limiters = limitersOf({ provider: { concurrency: 1 }, key: { tokensPerMinute: 100 } });
    granted(limiters.reserve({ names: ['provider', 'key', 'none'], tokens: 80 }));
    void limiters.reserve({ names: ['provider'], tokens: 1 });
    expect(limiters.states()).toMatchObject([
      { name: 'provider', limits: { concurrency: 1 }, active: 1, waiting: 1 },
      { name: 'key', active: 1, waiting: 0, tokens: 80 },
    ]);
  });

  it('tell the longest wait', async () => {
    const limiters = limitersOf({
      provider: { requestsPerMinute: 1 },
      model: { concurrency: 1 },
      key: { tokensPerMinute: 100 },
    });
    const names = ['provider', 'model', 'key'];
    granted(limiters.reserve({ names: ['key'], tokens: 100 }));
    await vi.advanceTimersByTimeAsync(20_000);
    granted(limiters.reserve({ names: ['provider', 'model'], tokens: 1 }));
    expect(refused(limiters.reserve({ names, tokens: 1, deadlineMs: 0 }))).toMatchObject({
      name: 'provider',
      retryAfterMs: 60_000,
    });
    expect(refused(limiters.reserve({ names, tokens: 101 }))).toMatchObject({
      name: 'key',
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it('hold nothing for who waits: one key without room does not hold up its provider', async () => {
    const limiters = limitersOf({ provider: { concurrency: 1 }, 'key-1': { requestsPerMinute: 1 } });
    const { ask, order } = createQueue(limiters);
    granted(limiters.reserve({ names: ['key-1'], tokens: 1 })).settle(1);
    ask('first', ['provider', 'key-1']);
    ask('second', ['provider', 'key-2']);
    await settled();
    expect(order).toEqual(['second']);
    expect(limiters.state('provider')).toMatchObject({ active: 1, waiting: 0 });
    expect(limiters.state('key-1')).toMatchObject({ active: 0, waiting: 1 });
  });

  it('keep the place of arrival for who moves from one queue to another', async () => {
    const limiters = limitersOf({ provider: { concurrency: 1 }, key: { requestsPerMinute: 1 } });
    const { ask, order, verdicts } = createQueue(limiters);
    granted(limiters.reserve({ names: ['key'], tokens: 1 })).settle(1);
    await vi.advanceTimersByTimeAsync(1_000);
    const holder = granted(limiters.reserve({ names: ['provider'], tokens: 1 }));
    ask('first', ['provider', 'key']);
    ask('second', ['provider']);
    ask('third', ['provider']);
    expect(limiters.state('key')).toMatchObject({ waiting: 1 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(limiters.state('key')).toMatchObject({ waiting: 0 });
    expect(limiters.state('provider')).toMatchObject({ waiting: 3 });
    holder.settle(1);
    await settled();
    expect(order).toEqual(['first']);
    granted(verdicts.first).settle(1);
    await settled();
    expect(order).toEqual(['first', 'second']);
  });

  it('let nobody overtake at the limiter where one waits, even while it lacks another for longer', async () => {
    const limiters = limitersOf({ provider: { tokensPerMinute: 100 }, key: { requestsPerMinute: 1 } });
    const { ask, order } = createQueue(limiters);
    const holder = granted(limiters.reserve({ names: ['provider'], tokens: 60 }));
    ask('large', ['provider', 'key'], 90);
    ask('small', ['provider'], 50);
    await vi.advanceTimersByTimeAsync(10_000);
    granted(limiters.reserve({ names: ['key'], tokens: 1 }));
    holder.settle(50);
    await settled();
    expect([order, limiters.state('provider')?.waiting]).toEqual([[], 2]);
    holder.release();
    await vi.advanceTimersByTimeAsync(50_000);
    expect([order, limiters.state('key')?.waiting]).toEqual([['small'], 1]);
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(order).toEqual(['small', 'large']);
  });

  it('refuse at the deadline of whichever queue somebody has come to', async () => {
    const limiters = limitersOf({ provider: { concurrency: 1 }, key: { tokensPerMinute: 10 } });
    const { ask, order } = createQueue(limiters);
    granted(limiters.reserve({ names: ['key'], tokens: 10 })).settle(10);
    granted(limiters.reserve({ names: ['provider'], tokens: 1 }));
    ask('first', ['provider', 'key'], 5, 70_000);
    await vi.advanceTimersByTimeAsync(69_999);
    expect([order, limiters.state('provider')?.waiting]).toEqual([[], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([order, limiters.state('provider')?.waiting]).toEqual([['first:provider:concurrency'], 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('count a name once, and one without limits not at all', () => {
    const limiters = limitersOf({ key: { concurrency: 2 } });
    granted(limiters.reserve({ names: ['key', 'nobody', 'key'], tokens: 1 }));
    expect(limiters.state('key')?.active).toBe(1);
    expect([limiters.state('nobody'), limiters.size]).toEqual([undefined, 1]);
    expect(granted(limiters.reserve({ names: [], tokens: 5 })).settle(3)).toBeUndefined();
  });

  it('follow limits that change from the next call on, and forget nothing', async () => {
    const table: Table = { key: { concurrency: 1, tokensPerMinute: 100 } };
    const limiters = limitersOf(table);
    const { ask, order } = createQueue(limiters);
    granted(limiters.reserve({ names: ['key'], tokens: 70 }));
    ask('first', ['key'], 20);
    table.key = { concurrency: 3, tokensPerMinute: 100 };
    expect(refused(limiters.reserve({ names: ['key'], tokens: 20, deadlineMs: 0 })).limit).toBe('tokens');
    await settled();
    expect(order).toEqual(['first']);
    table.key = undefined;
    granted(limiters.reserve({ names: ['key'], tokens: 1_000 }));
    expect(limiters.state('key')).toMatchObject({ active: 3, tokens: 1_090 });
    table.key = { tokensPerMinute: 100 };
    expect(refused(limiters.reserve({ names: ['key'], tokens: 1, deadlineMs: 0 })).limit).toBe('tokens');
    table.key = { tokensPerMinute: -1 };
    expect(() => limiters.reserve({ names: ['key'], tokens: 1 })).toThrow(/"tokensPerMinute" of key/);
  });

  it('let in who came first even where its timer is late', async () => {
    let now = 0;
    const limits = { requestsPerMinute: 2 };
    const limiters = createLimiters({ limitsOf: () => limits, now: () => now });
    const { ask, order } = createQueue(limiters);
    for (let call = 0; call < 2; call++) granted(limiters.reserve({ names: ['key'], tokens: 1 }));
    ask('first', ['key']);
    now = 60_000;
    granted(limiters.reserve({ names: ['key'], tokens: 1, deadlineMs: 0 }));
    await settled();
    expect(order).toEqual(['first']);
    expect(refused(limiters.reserve({ names: ['key'], tokens: 1, deadlineMs: 0 })).limit).toBe('requests');
  });

  it('give the room that came in time to who waited for it, even where the timer is late for both', async () => {
    let now = 0;
    const limits = { tokensPerMinute: 10 };
    const limiters = createLimiters({ limitsOf: () => limits, now: () => now });
    const { ask, order } = createQueue(limiters);
    granted(limiters.reserve({ names: ['key'], tokens: 10 }));
    ask('first', ['key'], 6, 60_000);
    ask('second', ['key'], 6, 60_000);
    now = 60_500;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(order).toEqual(['first', 'second:key:tokens']);
    expect(limiters.state('key')).toMatchObject({ active: 2, waiting: 0 });
  });

  it('fail all who wait when they are closed', async () => {
    const limiters = limitersOf({ provider: { concurrency: 1 }, key: { concurrency: 1 } });
    granted(limiters.reserve({ names: ['provider', 'key'], tokens: 1 }));
    const waiting = [
      limiters.reserve({ names: ['provider'], tokens: 1, deadlineMs: 500 }),
      limiters.reserve({ names: ['key'], tokens: 1 }),
    ];
    limiters.close();
    limiters.close();
    for (const verdict of waiting) await expect(verdict).rejects.toMatchObject({ code: 'ROUTER_CLOSED' });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('limiters by name', () => {
  it('are forgotten a minute after their last call, and never before', async () => {
    const limits = { requestsPerMinute: 5, concurrency: 2 };
    const limiters = createLimiters({ limitsOf: () => limits, now: () => Date.now() });
    const open = granted(limiters.reserve({ names: ['open'], tokens: 1 }));
    granted(limiters.reserve({ names: ['used'], tokens: 1 })).settle(1);
    for (let second = 0; second < 59; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      limiters.reserve({ names: [], tokens: 0 });
      expect(limiters.size).toBe(2);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    for (let call = 0; call < 3; call++) limiters.reserve({ names: [], tokens: 0 });
    expect([limiters.size, limiters.state('used'), limiters.state('open')?.active]).toEqual([1, undefined, 1]);
    open.settle(1);
    limiters.reserve({ names: [], tokens: 0 });
    expect(limiters.size).toBe(0);
  });

  it('stay within twice those in use, however many names pass', () => {
    let now = 0;
    const limits = { requestsPerMinute: 5, tokensPerMinute: 100 };
    const limiters = createLimiters({ limitsOf: () => limits, now: () => now });
    let most = 0;
    for (let call = 0; call < 20_000; call++) {
      // 1,000 names a minute.
      now += 120;
      granted(limiters.reserve({ names: [`key-${call}`, `user-${call}`], tokens: 0 })).release();
      most = Math.max(most, limiters.size);
    }
    expect(most).toBeLessThan(2_001);
  });

  it('are not kept for refused calls', () => {
    const limiters = createLimiters({ limitsOf: () => ({ concurrency: 0 }), now: () => 0 });
    for (let call = 0; call < 1_000; call++) refused(limiters.reserve({ names: [`key-${call}`], tokens: 1 }));
    expect(limiters.size).toBeLessThan(3);
  });
});
