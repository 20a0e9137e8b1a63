import { describe, expect, it } from 'vitest';
import { classify } from '../../src/attempts/classify.ts';
import { upstreamClosed, upstreamTimeout } from '../../src/errors.ts';
import {
  type CallKind,
  createTargetHealth,
  type HealthCall,
  type TargetHealth,
  type TargetHealthOptions,
} from '../../src/health/target-health.ts';
import { createClock } from '../support/clock.ts';

function start(options: Partial<TargetHealthOptions> = {}) {
  const clock = createClock(1_000_000);
  const target = { provider: { id: 'p' }, model: 'm' };
  const health = createTargetHealth({ target, now: clock.now, random: () => 0, ...options });
  /** A call that takes so long until its first token, or its end. */
  const answer = (ms: number, kind: CallKind = { stream: true }): void => {
    const call = health.begin(kind);
    clock.advance(ms);
    if (kind.stream) call.firstToken();
    call.succeed();
  };
  return { ...clock, health, answer };
}

const cut = upstreamClosed('p');
const fail = (call: HealthCall, failure: Parameters<HealthCall['fail']>[0] = cut): void =>
  call.fail(failure, classify(failure, { retriesHere: 0 }));
const failTimes = (health: TargetHealth, times: number): void => {
  for (let index = 0; index < times; index++) fail(health.begin());
};

describe('calls under way', () => {
  it('are counted until they end, once', () => {
    const { health } = start();
    const [first, second, third] = [health.begin(), health.begin(), health.begin()] as const;
    expect(health.inFlight).toBe(3);
    first.succeed();
    first.succeed();
    fail(first);
    first.abandon();
    fail(second);
    third.abandon();
    expect(health.inFlight).toBe(0);
    expect(health.view().counts).toEqual({ calls: 3, succeeded: 1, failed: 1, abandoned: 1 });
  });
});

describe('latency', () => {
  it('of a stream ends with its first token, of a whole answer with its end', () => {
    const { health, advance } = start();
    const stream = health.begin({ stream: true });
    advance(300);
    stream.firstToken();
    advance(5000);
    stream.firstToken();
    stream.succeed();
    expect(health.view().firstToken.all).toMatchObject({ count: 1 });
    expect(Math.abs((health.view().firstToken.all?.p50 ?? 0) - 300)).toBeLessThan(10);
    expect(health.view().whole.all).toBeNull();

    const whole = health.begin();
    advance(4000);
    whole.firstToken();
    advance(4000);
    whole.succeed();
    expect(Math.abs((health.view().whole.all?.p50 ?? 0) - 8000)).toBeLessThan(250);
  });

  it('is told for a route once that has answered often enough, else for all', () => {
    const { health, answer } = start();
    for (let index = 0; index < 19; index++) answer(100, { stream: true, route: 'fast' });
    expect(health.latencyMs(0.95, { stream: true })).toBeUndefined();
    for (let index = 0; index < 20; index++) answer(1000, { stream: true, route: 'slow' });
    const told = (route?: string) =>
      Math.round((health.latencyMs(0.5, { stream: true, ...(route !== undefined && { route }) }) ?? 0) / 100) * 100;
    expect([told('slow'), told('fast'), told('other'), told()]).toEqual([1000, 1000, 1000, 1000]);
    answer(100, { stream: true, route: 'fast' });
    expect(told('fast')).toBe(100);
    expect(health.latencyMs(0.5, { route: 'fast' })).toBeUndefined();
  });

  it('keeps so many routes apart and no more', () => {
    const { health, answer } = start();
    for (let index = 0; index < 100; index++) answer(100, { stream: true, route: `r${index}` });
    answer(100, { stream: true, route: '__proto__' });
    const { all, routes } = health.view().firstToken;
    expect(Object.keys(routes)).toHaveLength(64);
    expect(all?.count).toBe(101);
  });

  it('does not look better for the calls that were given up for being slow', () => {
    const { health, answer, advance } = start();
    for (let index = 0; index < 90; index++) answer(100);
    for (let index = 0; index < 10; index++) answer(3000);
    const before = health.latencyMs(0.95, { stream: true }) ?? 0;
    expect(before).toBeGreaterThan(2900);
    // From now on each slow call is hedged at the 95th percentile, and loses.
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 90; index++) answer(100);
      for (let index = 0; index < 10; index++) {
        const loser = health.begin({ stream: true });
        advance((health.latencyMs(0.95, { stream: true }) ?? 0) + 50);
        loser.abandon();
      }
    }
    expect(health.latencyMs(0.95, { stream: true })).toBeGreaterThanOrEqual(before);
    // A client that leaves at once tells nothing.
    const { all } = health.view().firstToken;
    health.begin({ stream: true }).abandon();
    expect(health.view().firstToken.all).toEqual(all);
  });
});

describe('load', () => {
  it('grows with latency and with calls under way, of streams and whole answers apart', () => {
    const { health, answer } = start();
    expect(health.load(true)).toBe(0);
    answer(400);
    expect(health.load(true)).toBe(400);
    expect(health.load(false)).toBe(0);
    health.begin();
    expect(health.load(true)).toBe(800);
  });

  it('is not low for a target that fails at once', () => {
    const { health, answer } = start({ failureMs: 2000 });
    answer(100);
    fail(health.begin({ stream: true }));
    expect(health.load(true)).toBe(2000);
  });

  it('rises with a call that was given up, and never falls by one', () => {
    const { health, answer, advance } = start();
    answer(100);
    const lost = health.begin({ stream: true });
    advance(900);
    lost.abandon();
    expect(health.load(true)).toBe(900);
    advance(5000);
    const left = health.begin({ stream: true });
    advance(100);
    left.abandon();
    expect(health.load(true)).toBeCloseTo(900 * Math.exp(-0.51), 6);
  });

  it('heeds no failure that is not the target’s', () => {
    const { health, answer } = start();
    answer(100);
    fail(health.begin({ stream: true }), { code: 'ROUTER_UPSTREAM_STATUS', status: 400 });
    expect(health.load(true)).toBe(100);
  });
});

describe('availability', () => {
  it('ends when the breaker opens, and comes back by probes', () => {
    const changes: string[] = [];
    const { health, advance } = start({
      breaker: { failuresInRow: 3, openMs: 1000, goodProbes: 2 },
      onBreakerChange: ({ to }) => changes.push(to),
    });
    failTimes(health, 3);
    expect([health.isAvailable(), health.availableInMs()]).toEqual([false, 1000]);
    // Made all the same, for want of anything else: it tells the breaker nothing.
    health.begin().succeed();
    expect(health.isAvailable()).toBe(false);
    advance(1000);
    expect(health.isAvailable()).toBe(true);
    const probe = health.begin();
    expect(health.isAvailable()).toBe(false);
    probe.succeed();
    health.begin().succeed();
    expect(health.isAvailable()).toBe(true);
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('is given back by a probe that was cancelled or wrong in itself', () => {
    const { health, advance } = start({ breaker: { failuresInRow: 1, openMs: 1000 } });
    failTimes(health, 1);
    advance(1000);
    health.begin().abandon();
    expect(health.isAvailable()).toBe(true);
    fail(health.begin(), { code: 'ROUTER_UPSTREAM_STATUS', status: 400 });
    expect(health.isAvailable()).toBe(true);
  });

  it('is not touched by failures that are not the target’s', () => {
    const { health } = start({ breaker: { failuresInRow: 2 } });
    for (let index = 0; index < 50; index++) {
      fail(health.begin(), { code: 'ROUTER_UPSTREAM_STATUS', status: 401 });
    }
    expect(health.isAvailable()).toBe(true);
    expect(health.view()).toMatchObject({ counts: { failed: 50 }, lastError: { kind: 'bad-key' } });
  });

  it('waits out a pause that the provider asked for', () => {
    const { health, advance } = start();
    health.pause(5000);
    health.pause(1000);
    expect([health.isAvailable(), health.availableInMs()]).toEqual([false, 5000]);
    advance(5000);
    expect(health.isAvailable()).toBe(true);
  });
});

describe('the view', () => {
  it('is the same when it has been JSON', () => {
    const { health, answer, advance } = start();
    expect(JSON.parse(JSON.stringify(health.view()))).toEqual(health.view());
    answer(250, { stream: true, route: 'chat' });
    fail(health.begin(), upstreamTimeout('p', 'first-token', 1));
    health.pause(700);
    health.begin();
    advance(200);
    const view = health.view();
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    expect(view).toMatchObject({
      provider: 'p',
      model: 'm',
      isAvailable: false,
      availableInMs: 500,
      pausedForMs: 500,
      inFlight: 1,
      counts: { calls: 3, succeeded: 1, failed: 1, abandoned: 0 },
      breaker: { state: 'closed', failuresInRow: 1, failureShare: 0.5 },
      firstToken: { all: { count: 1 }, routes: { chat: { count: 1 } } },
      lastError: { kind: 'silent', code: 'ROUTER_UPSTREAM_TIMEOUT', status: 504, agoMs: 200 },
    });
  });

  it('does not repeat what a provider said, which may quote a prompt', () => {
    const { health } = start();
    fail(health.begin(), { code: 'ROUTER_UPSTREAM_STATUS', status: 400, type: 't', reason: 'r', message: 'secret' });
    expect(health.view().lastError).toEqual({
      kind: 'bad-request',
      code: 'ROUTER_UPSTREAM_STATUS',
      status: 400,
      type: 't',
      reason: 'r',
      agoMs: 0,
    });
  });
});
