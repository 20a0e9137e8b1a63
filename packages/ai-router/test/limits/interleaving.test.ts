import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Limits } from '../../src/limits/gate.ts';
import { createLimiters } from '../../src/limits/limiters.ts';
import type { Reservation, Verdict } from '../../src/limits/reservation.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const names = ['provider', 'model-1', 'model-2', 'key-1', 'key-2', 'key-3'];

interface Call {
  readonly names: readonly string[];
  readonly tokens: number;
  readonly deadline: number;
  readonly controller: AbortController;
  state: 'waiting' | 'open' | 'ended' | 'refused' | 'aborted';
  reservation?: Reservation;
}

/** What must count against the limits, kept in the plainest way. */
interface Charge {
  readonly names: readonly string[];
  readonly at: number;
  tokens: number;
  requests: number;
}

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
const limitsArbitrary = fc.record({
  concurrency: limit(4),
  requestsPerMinute: limit(6),
  tokensPerMinute: limit(60),
});

const which = fc.nat();
const commandArbitrary = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      names: fc.subarray(names, { minLength: 1 }),
      tokens: fc.integer({ min: 0, max: 40 }),
      deadlineMs: fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      which,
      // At times more than was reserved.
      part: fc.double({ min: 0, max: 1.3, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('release' as const), which, sent: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.oneof(fc.constantFrom(1, 999, 1_000, 59_999, 60_000), fc.integer({ min: 1, max: 30_000 })),
    }),
  },
);

/** Runs the limiters beside the ledger and compares them after each step. */
function createWorld(limits: Readonly<Record<string, Limits | undefined>>) {
  const limiters = createLimiters({ limitsOf: (name) => limits[name], now: () => Date.now(), maxQueue: 1_000 });
  const calls: Call[] = [];
  const charges: Charge[] = [];
  const chargeOf = new Map<Call, Charge>();

  const used = (name: string, field: 'tokens' | 'requests', spanMs: number): number =>
    charges
      .filter((charge) => charge.names.includes(name) && charge.at > Date.now() - spanMs)
      .reduce((sum, charge) => sum + charge[field], 0);
  const openAt = (name: string): number =>
    calls.filter((call) => call.state === 'open' && call.names.includes(name)).length;

  /** Whether there is room beyond doubt: the limiter may keep a charge one second longer than a minute. */
  const hasRoom = (call: Call, name: string): boolean => {
    const { concurrency, requestsPerMinute, tokensPerMinute } = limits[name] ?? {};
    return (
      (concurrency === undefined || openAt(name) < concurrency) &&
      (requestsPerMinute === undefined || used(name, 'requests', 61_000) + 1 <= requestsPerMinute) &&
      (tokensPerMinute === undefined ||
        call.tokens === 0 ||
        used(name, 'tokens', 61_000) + call.tokens <= tokensPerMinute)
    );
  };

  const waiting = (): Call[] => calls.filter((call) => call.state === 'waiting');
  const isBefore = (one: Call, other: Call): boolean => calls.indexOf(one) < calls.indexOf(other);

  const checkPassed = (call: Call): void => {
    for (const name of call.names) {
      const { concurrency, requestsPerMinute, tokensPerMinute } = limits[name] ?? {};
      if (concurrency !== undefined) expect(openAt(name)).toBeLessThanOrEqual(concurrency);
      if (requestsPerMinute !== undefined) {
        expect(used(name, 'requests', 60_000)).toBeLessThanOrEqual(requestsPerMinute);
      }
      if (tokensPerMinute !== undefined && call.tokens > 0) {
        expect(used(name, 'tokens', 60_000)).toBeLessThanOrEqual(tokensPerMinute);
      }
    }
    const overtaken = waiting().filter(
      (other) => isBefore(other, call) && other.names.join() === call.names.join() && other.deadline > Date.now(),
    );
    expect(overtaken).toEqual([]);
  };

  const decided = (call: Call, verdict: Verdict): void => {
    if (!verdict.granted) {
      call.state = 'refused';
      expect(verdict.retryAfterMs).toBeGreaterThanOrEqual(1);
      expect(call.names).toContain(verdict.name);
      return;
    }
    call.state = 'open';
    call.reservation = verdict;
    const charge = { names: call.names, at: Date.now(), tokens: call.tokens, requests: 1 };
    charges.push(charge);
    chargeOf.set(call, charge);
    checkPassed(call);
  };

  const end = (call: Call, actual: number, sent: boolean): void => {
    const charge = chargeOf.get(call) as Charge;
    call.state = 'ended';
    if (actual > call.tokens) {
      charges.push({ names: call.names, at: Date.now(), tokens: actual - call.tokens, requests: 0 });
    } else charge.tokens = actual;
    if (!sent) charge.requests = 0;
  };

  const pick = (state: Call['state'], index: number): Call | undefined => {
    const all = calls.filter((call) => call.state === state);
    return all[index % all.length];
  };

  const reserve = (wanted: readonly string[], tokens: number, deadlineMs: number | undefined): void => {
    const controller = new AbortController();
    const { signal } = controller;
    const deadline = Date.now() + (deadlineMs ?? Number.POSITIVE_INFINITY);
    const call: Call = { names: wanted, tokens, deadline, controller, state: 'waiting' };
    calls.push(call);
    const verdict = limiters.reserve({
      names: wanted,
      tokens,
      signal,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    if (!(verdict instanceof Promise)) decided(call, verdict);
    else
      verdict
        .then(
          (later) => decided(call, later),
          (error: { code: string }) => {
            expect(error.code).toBe('ROUTER_ABORTED');
            call.state = 'aborted';
          },
        )
        .catch((error: unknown) => failures.push(error));
  };
  const failures: unknown[] = [];

  const check = (): void => {
    if (failures.length > 0) throw failures[0];
    for (const name of names) {
      const state = limiters.state(name);
      if (!state) continue;
      expect(state.active).toBe(openAt(name));
      for (const count of [state.waiting, state.requests, state.tokens]) expect(count).toBeGreaterThanOrEqual(0);
    }
    for (const call of waiting()) {
      expect(call.deadline).toBeGreaterThan(Date.now());
      const isHeldUp = call.names.some(
        (name) =>
          !hasRoom(call, name) ||
          waiting().some((other) => isBefore(other, call) && other.names.includes(name) && !hasRoom(other, name)),
      );
      expect(isHeldUp).toBe(true);
    }
  };

  return {
    calls,
    limiters,
    async run(command: typeof commandArbitrary extends fc.Arbitrary<infer Command> ? Command : never): Promise<void> {
      if (command.type === 'reserve') reserve(command.names, command.tokens, command.deadlineMs);
      else if (command.type === 'advance') await vi.advanceTimersByTimeAsync(command.ms);
      else if (command.type === 'abort') pick('waiting', command.which)?.controller.abort();
      else {
        const call = pick('open', command.which);
        if (call && command.type === 'settle') {
          const actual = Math.ceil(call.tokens * command.part);
          end(call, actual, true);
          call.reservation?.settle(actual);
        } else if (call && command.type === 'release') {
          end(call, 0, command.sent);
          call.reservation?.release({ sent: command.sent });
        }
        // Ending it again changes nothing.
        call?.reservation?.release({ sent: false });
        pick('ended', command.which)?.reservation?.settle(0);
      }
      await vi.advanceTimersByTimeAsync(0);
      check();
    },
    /** Ends all calls as they come, until nobody waits. */
    async finish(): Promise<void> {
      for (let turn = 0; turn < 500 && (waiting().length > 0 || pick('open', 0)); turn++) {
        for (let call = pick('open', 0); call; call = pick('open', 0)) {
          end(call, call.tokens, true);
          call.reservation?.settle(call.tokens);
        }
        await vi.advanceTimersByTimeAsync(5_000);
        check();
      }
      expect(waiting()).toEqual([]);
    },
  };
}

it('is above no limit in any minute, serves in order, forgets nobody and keeps nothing, however calls interleave', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record(Object.fromEntries(names.map((name) => [name, fc.option(limitsArbitrary, { nil: undefined })]))),
      fc.array(commandArbitrary, { maxLength: 80, size: 'max' }),
      async (limits, commands) => {
        const world = createWorld(limits);
        for (const command of commands) await world.run(command);
        await world.finish();
        await vi.advanceTimersByTimeAsync(61_000);
        expect(vi.getTimerCount()).toBe(0);
        for (const name of names) {
          const state = world.limiters.state(name);
          if (state) expect(state).toMatchObject({ active: 0, waiting: 0, requests: 0, tokens: 0 });
        }
        for (const { controller } of world.calls) expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
        for (let call = 0; call < names.length; call++) world.limiters.reserve({ names: [], tokens: 0 });
        expect(world.limiters.size).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});
