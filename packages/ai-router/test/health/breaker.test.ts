import { describe, expect, it } from 'vitest';
import { type Breaker, type BreakerChange, type BreakerSettings, createBreaker } from '../../src/health/breaker.ts';
import { createClock } from '../support/clock.ts';

function start(settings: BreakerSettings = {}, random = () => 0) {
  const clock = createClock(1_000_000);
  const changes: BreakerChange[] = [];
  const breaker = createBreaker({
    now: clock.now,
    random,
    onChange: (change) => changes.push(change),
    openMs: 1000,
    ...settings,
  });
  const moves = (): string[] => changes.map(({ from, to, reason }) => `${from} > ${to}: ${reason}`);
  return { ...clock, breaker, changes, moves };
}

const fail = (breaker: Breaker, times = 1): void => {
  for (let index = 0; index < times; index++) breaker.fail(breaker.enter());
};
const succeed = (breaker: Breaker, times = 1): void => {
  for (let index = 0; index < times; index++) breaker.succeed(breaker.enter());
};

describe('a closed breaker', () => {
  it('opens after failures in a row, which a success interrupts', () => {
    const { breaker, moves } = start({ failuresInRow: 5, leastVolume: 100 });
    fail(breaker, 4);
    succeed(breaker);
    fail(breaker, 4);
    expect(breaker.state).toBe('closed');
    fail(breaker);
    expect(breaker.state).toBe('open');
    expect(moves()).toEqual(['closed > open: failures-in-row']);
  });

  it('opens at a share of failures, once there are enough outcomes to tell', () => {
    const { breaker, moves } = start({ failuresInRow: 100, failureShare: 0.5, leastVolume: 20 });
    for (let pair = 0; pair < 9; pair++) {
      succeed(breaker);
      fail(breaker);
    }
    succeed(breaker);
    expect(breaker.state).toBe('closed');
    expect(breaker.failureShare()).toBeCloseTo(9 / 19);
    fail(breaker);
    expect(moves()).toEqual(['closed > open: failure-share']);
  });

  it('forgets outcomes that left the window', () => {
    const { breaker, advance } = start({ failuresInRow: 100, leastVolume: 20, windowMs: 10_000 });
    fail(breaker, 19);
    advance(10_000);
    succeed(breaker, 15);
    fail(breaker, 5);
    expect(breaker.state).toBe('closed');
    expect(breaker.failureShare()).toBe(0.25);
  });

  it('learns nothing from calls that were nobody’s fault', () => {
    const { breaker } = start({ failuresInRow: 3 });
    fail(breaker, 2);
    for (let index = 0; index < 10; index++) breaker.release(breaker.enter());
    expect(breaker.failuresInRow).toBe(2);
    expect(breaker.failureShare()).toBe(1);
    fail(breaker);
    expect(breaker.state).toBe('open');
  });
});

describe('an open breaker', () => {
  it('lets nothing through until its time is over, then one probe at a time', () => {
    const { breaker, advance, moves } = start({ goodProbes: 2 });
    fail(breaker, 5);
    expect(breaker.waitMs()).toBe(1000);
    advance(999);
    expect([breaker.canEnter(), breaker.enter()]).toEqual([false, undefined]);
    advance(1);
    expect(breaker.canEnter()).toBe(true);
    const probe = breaker.enter();
    expect(probe).toBeDefined();
    expect([breaker.canEnter(), breaker.enter()]).toEqual([false, undefined]);
    breaker.succeed(probe);
    expect(breaker.state).toBe('half-open');
    succeed(breaker);
    expect(breaker.state).toBe('closed');
    expect(moves()).toEqual([
      'closed > open: failures-in-row',
      'open > half-open: probe',
      'half-open > closed: recovered',
    ]);
  });

  it('asks for as many good probes again after a bad one', () => {
    const { breaker, advance, moves } = start({ goodProbes: 3 });
    fail(breaker, 5);
    advance(1000);
    succeed(breaker, 2);
    fail(breaker);
    expect(breaker.state).toBe('open');
    advance(2000);
    succeed(breaker, 2);
    expect(breaker.state).toBe('half-open');
    succeed(breaker);
    expect(moves().slice(2)).toEqual([
      'half-open > open: probe-failed',
      'open > half-open: probe',
      'half-open > closed: recovered',
    ]);
  });

  it('stays open twice as long each time, up to a limit', () => {
    const { breaker, advance, changes } = start({ longestOpenMs: 6000 });
    fail(breaker, 5);
    for (let probe = 0; probe < 5; probe++) {
      advance(breaker.waitMs());
      fail(breaker);
    }
    const times = changes.flatMap(({ openMs }) => (openMs === undefined ? [] : [openMs]));
    expect(times).toEqual([1000, 2000, 4000, 6000, 6000, 6000]);
  });

  it('spreads the end of its time, and never beyond the limit', () => {
    expect(
      [0, 0.5, 1].map((draw) => {
        const { breaker } = start({}, () => draw);
        fail(breaker, 5);
        return breaker.waitMs();
      }),
    ).toEqual([1000, 900, 800]);
  });

  it('does not hear of what began before it opened, nor of what had no permit', () => {
    const { breaker, advance } = start({ goodProbes: 1 });
    const early = [breaker.enter(), breaker.enter()];
    fail(breaker, 5);
    breaker.succeed(early[0]);
    breaker.succeed(breaker.enter());
    expect(breaker.state).toBe('open');
    advance(1000);
    const probe = breaker.enter();
    breaker.fail(early[1]);
    breaker.fail(undefined);
    expect(breaker.state).toBe('half-open');
    breaker.succeed(probe);
    expect(breaker.state).toBe('closed');
    breaker.fail(probe);
    expect(breaker.failuresInRow).toBe(0);
    fail(breaker, 2);
    breaker.succeed(early[0]);
    expect(breaker.failuresInRow).toBe(2);
  });

  it('gives the next probe way when one told nothing, or never ended', () => {
    const { breaker, advance } = start({ goodProbes: 2, probeLimitMs: 500 });
    fail(breaker, 5);
    advance(1000);
    breaker.release(breaker.enter());
    const lost = breaker.enter();
    expect(breaker.waitMs()).toBe(500);
    advance(500);
    const next = breaker.enter();
    expect(next).toBeDefined();
    // The lost one comes back after all: it counts, and does not free the place of the other.
    breaker.succeed(lost);
    expect(breaker.canEnter()).toBe(false);
    breaker.succeed(next);
    expect(breaker.state).toBe('closed');
  });

  it('takes no probe of an earlier time for one of now', () => {
    const { breaker, advance } = start({ goodProbes: 2, probeLimitMs: 500 });
    fail(breaker, 5);
    advance(1000);
    const lost = breaker.enter();
    advance(500);
    fail(breaker);
    advance(2000);
    breaker.release(breaker.enter());
    breaker.succeed(lost);
    breaker.fail(lost);
    succeed(breaker);
    expect(breaker.state).toBe('half-open');
  });
});

describe('a target that comes and goes', () => {
  it('is kept out longer each time, until it has been well for a while', () => {
    const { breaker, advance, changes } = start({ goodProbes: 1, calmMs: 60_000 });
    const openTimes = (): number[] => changes.flatMap(({ openMs }) => (openMs === undefined ? [] : [openMs]));
    for (let flap = 0; flap < 3; flap++) {
      fail(breaker, 5);
      advance(breaker.waitMs());
      succeed(breaker);
      advance(10_000);
    }
    expect(openTimes()).toEqual([1000, 2000, 4000]);
    advance(60_000);
    fail(breaker, 5);
    expect(openTimes().at(-1)).toBe(1000);
  });

  it('starts without old outcomes once it is back', () => {
    const { breaker, advance } = start({ goodProbes: 1, leastVolume: 20, windowMs: 60_000 });
    succeed(breaker, 20);
    fail(breaker, 5);
    advance(1000);
    succeed(breaker);
    expect([breaker.failureShare(), breaker.failuresInRow]).toEqual([0, 0]);
  });
});

it('can be closed by hand', () => {
  const { breaker, moves } = start();
  fail(breaker, 5);
  breaker.reset();
  expect([breaker.state, breaker.waitMs()]).toEqual(['closed', 0]);
  breaker.reset();
  expect(moves()).toEqual(['closed > open: failures-in-row', 'open > closed: reset']);
});
