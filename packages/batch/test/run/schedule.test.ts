import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottomLevels } from '../../src/graph/analysis.ts';
import { createGraph, type Edge, type EdgeKind, type Graph } from '../../src/graph/graph.ts';
import { createSchedule, type Schedule, type ScheduleOptions } from '../../src/run/schedule.ts';

const graphOf = (size: number, edges: readonly (readonly [number, number, EdgeKind?])[]): Graph =>
  createGraph(
    size,
    edges.map(([from, to, kind = 'needs']): Edge => ({ from, to, kind })),
    String,
  );
const scheduleOf = (graph: Graph, options: Partial<ScheduleOptions> = {}): Schedule =>
  createSchedule(graph, { concurrency: 10, ...options });
const takeAll = (schedule: Schedule, nowMs = 0): number[] => {
  const taken: number[] = [];
  for (let step = schedule.take(nowMs); step >= 0; step = schedule.take(nowMs)) taken.push(step);
  return taken;
};
const states = (schedule: Schedule): string[] =>
  Array.from({ length: schedule.size }, (_, step) => schedule.stateOf(step));

describe('a schedule', () => {
  it('starts what waits for nothing, and what waited when that has ended', () => {
    const schedule = scheduleOf(
      graphOf(4, [
        [0, 2],
        [1, 2],
        [2, 3],
      ]),
    );
    expect(takeAll(schedule)).toEqual([0, 1]);
    schedule.succeed(1);
    expect(takeAll(schedule)).toEqual([]);
    schedule.succeed(0);
    expect(takeAll(schedule)).toEqual([2]);
    schedule.succeed(2);
    expect(takeAll(schedule)).toEqual([3]);
    schedule.succeed(3);
    expect(schedule.open).toBe(0);
  });

  it('starts first what has the higher priority, then what most depends on, then what was declared first', () => {
    const graph = graphOf(5, [[3, 4]]);
    const levels = bottomLevels(graph, () => 1);
    const schedule = scheduleOf(graph, { levels, priorityOf: (step) => (step === 2 ? 1 : undefined) });
    expect(takeAll(schedule)).toEqual([2, 3, 0, 1]);
  });

  it('starts as many as may run at once, and as resources allow', () => {
    const resources = [['gpu'], ['gpu'], ['gpu:2'], [], []];
    const schedule = scheduleOf(graphOf(5, []), {
      concurrency: 3,
      limits: { gpu: { slots: 2 } },
      resourcesOf: (step) => resources[step],
    });
    expect(takeAll(schedule)).toEqual([0, 1, 3]);
    schedule.succeed(0);
    expect(takeAll(schedule)).toEqual([4]);
    schedule.succeed(1);
    expect(takeAll(schedule)).toEqual([2]);
    expect(() => scheduleOf(graphOf(1, []), { limits: { gpu: { slots: 2 } }, resourcesOf: () => ['gpu:3'] })).toThrow(
      expect.objectContaining({ code: 'BATCH_RESOURCE_TOO_MUCH' }),
    );
    expect(() => scheduleOf(graphOf(1, []), { resourcesOf: () => ['gpu:x'] })).toThrow(
      expect.objectContaining({ code: 'BATCH_RESOURCE_INVALID' }),
    );
  });

  it('starts no more in a time than allowed, and says when the next one may', () => {
    const limits = { api: { starts: 2, perMs: 1_000 } };
    const schedule = scheduleOf(graphOf(4, []), { limits, resourcesOf: () => ['api'] });
    expect(schedule.isTimed).toBe(true);
    expect(takeAll(schedule, 5_000)).toEqual([0, 1]);
    expect(schedule.wakeAtMs).toBe(5_500);
    expect(takeAll(schedule, 5_499)).toEqual([]);
    expect(takeAll(schedule, 5_500)).toEqual([2]);
    expect(takeAll(schedule, 60_000)).toEqual([3]);
  });

  it('blocks what needs or uses a step that failed, and only lets go of what comes after it', () => {
    const schedule = scheduleOf(
      graphOf(5, [
        [0, 1],
        [1, 2],
        [0, 3, 'order'],
        [0, 4, 'uses'],
      ]),
    );
    takeAll(schedule);
    schedule.fail(0);
    expect(states(schedule)).toEqual(['failed', 'blocked', 'blocked', 'ready', 'blocked']);
    expect(schedule.open).toBe(1);
  });

  it('skips what needs skipped steps alone', () => {
    const schedule = scheduleOf(
      graphOf(6, [
        [0, 2],
        [1, 2],
        [0, 3],
        [3, 4],
        [0, 5, 'uses'],
      ]),
    );
    takeAll(schedule);
    schedule.skip(0);
    schedule.succeed(1);
    expect(states(schedule)).toEqual(['skipped', 'succeeded', 'ready', 'skipped', 'skipped', 'ready']);
  });

  it('takes a step back in line at its time', () => {
    const schedule = scheduleOf(graphOf(2, []), { concurrency: 1 });
    expect(schedule.take(0)).toBe(0);
    schedule.delay(0, 100);
    expect(takeAll(schedule, 0)).toEqual([1]);
    schedule.succeed(1);
    expect(schedule.take(50)).toBe(-1);
    expect(schedule.wakeAtMs).toBe(100);
    expect(schedule.take(100)).toBe(0);
  });

  it('puts steps in the place of one, which ends when all of them have', () => {
    const ended: number[] = [];
    const schedule = scheduleOf(graphOf(2, [[0, 1]]), { concurrency: 2, onExpansionEnd: (step) => ended.push(step) });
    expect(schedule.take(0)).toBe(0);
    expect(schedule.expand(0, graphOf(2, [[0, 1]]), 2)).toBe(2);
    expect(takeAll(schedule)).toEqual([2, 4]);
    schedule.succeed(2);
    schedule.fail(4);
    expect(schedule.stateOf(5)).toBe('blocked');
    expect(takeAll(schedule)).toEqual([3]);
    expect(ended).toEqual([]);
    schedule.succeed(3);
    expect(ended).toEqual([0]);
    expect(takeAll(schedule)).toEqual([]);
    schedule.succeed(0);
    expect(takeAll(schedule)).toEqual([1]);
  });

  it('cancels what has not begun when it is stopped', () => {
    const schedule = scheduleOf(graphOf(3, [[0, 1]]), { concurrency: 1 });
    expect(schedule.take(0)).toBe(0);
    schedule.stop();
    expect(states(schedule)).toEqual(['running', 'cancelled', 'cancelled']);
    schedule.succeed(0);
    expect({ open: schedule.open, next: schedule.take(0) }).toEqual({ open: 0, next: -1 });
  });

  it('starts every step once, after all before it, within its limits, whatever ends first', () => {
    const steps = fc.integer({ min: 1, max: 30 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 60 }),
        gpu: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
        concurrency: fc.integer({ min: 1, max: 5 }),
        choices: fc.array(fc.nat(1_000), { minLength: 200, maxLength: 200 }),
      }),
    );
    fc.assert(
      fc.property(steps, ({ size, edges, gpu, concurrency, choices }) => {
        const forward = edges.filter(([from, to]) => from < to);
        const schedule = scheduleOf(graphOf(size, forward), {
          concurrency,
          limits: { gpu: { slots: 1 } },
          resourcesOf: (step) => (gpu[step] ? ['gpu'] : undefined),
        });
        const running: number[] = [];
        const done = new Set<number>();
        for (let turn = 0; done.size < size; turn += 1) {
          for (const step of takeAll(schedule)) {
            expect(done.has(step) || running.includes(step)).toBe(false);
            for (const [from, to] of forward) if (to === step) expect(done.has(from)).toBe(true);
            running.push(step);
          }
          expect(running.length).toBeGreaterThan(0);
          expect(running.length).toBeLessThanOrEqual(concurrency);
          expect(running.filter((step) => gpu[step]).length).toBeLessThanOrEqual(1);
          const [ended = 0] = running.splice((choices[turn % choices.length] ?? 0) % running.length, 1);
          done.add(ended);
          schedule.succeed(ended);
        }
        expect(schedule.open).toBe(0);
      }),
    );
  });
});
