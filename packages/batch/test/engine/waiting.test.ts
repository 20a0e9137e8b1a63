import { describe, expect, it } from 'vitest';
import { channels, type RunEvent, type Step } from '../../src/index.ts';
import { openItemRun } from '../../src/items.ts';
import { manualClock, settle } from '../support/manual-clock.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

/** How long each attempt waited, in the order in which they began. */
const waits = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'step-start' ? [`${event.step}#${event.attempt} ${event.waitedMs}`] : []));

const clocked = (limits: Readonly<Record<string, { readonly slots: number }>> = {}) => {
  const clock = manualClock();
  const after = (ms: number) => () => new Promise<undefined>((resolve) => clock.after(ms, () => resolve(undefined)));
  let tries = 0;
  const slow = after(100);
  const functions = {
    a: slow,
    b: slow,
    c: slow,
    flaky: async () => {
      tries += 1;
      await after(10)();
      if (tries === 1) throw Object.assign(new Error('once'), { isRetryable: true });
    },
  };
  const { batch } = newBatch(functions, { clock, limits, random: () => 0.5 });
  const run = async (steps: readonly Step[], concurrency: number): Promise<readonly string[]> => {
    const started = batch.run(workflow(steps), { concurrency });
    const events: RunEvent[] = [];
    const begun = Promise.withResolvers<void>();
    const ended = (async () => {
      for await (const event of started) {
        events.push(event);
        begun.resolve();
        if (event.type === 'approval-want') clock.after(50, () => started.approve(event.step));
      }
    })();
    await begun.promise;
    await clock.advance(10_000);
    await ended;
    return waits(events);
  };
  return { clock, run };
};

describe('how long a step has waited', () => {
  it('counts from the end of what it comes after, and the wait for room', async () => {
    const { run } = clocked();
    expect(await run([call('a'), call('b'), call('c', { dependencies: ['a'] })], 1)).toEqual([
      'a#1 0',
      'b#1 100',
      'c#1 100',
    ]);
  });

  it('is nothing where it begins as soon as it may', async () => {
    const { run } = clocked();
    expect(await run([call('a'), call('b'), call('c', { dependencies: ['a', 'b'] })], 4)).toEqual([
      'a#1 0',
      'b#1 0',
      'c#1 0',
    ]);
  });

  it('counts the wait for a resource', async () => {
    const { run } = clocked({ gpu: { slots: 1 } });
    expect(await run([call('a', { resources: ['gpu'] }), call('b', { resources: ['gpu'] })], 4)).toEqual([
      'a#1 0',
      'b#1 100',
    ]);
  });

  it('counts for another attempt from when it was to be made, and for a yes from when it was said', async () => {
    const { run } = clocked();
    const flaky = call('flaky', { retries: 1, retryDelayMs: 20, priority: 1 });
    const sure: Step = { id: 'sure', approve: 'Go?', dependencies: ['b'] };
    const last = call('a', { dependencies: ['sure'] });
    // The other attempt is due while "b" has the only place, and the yes comes while "c" has it.
    expect(await run([flaky, call('b'), sure, last, call('c')], 1)).toEqual([
      'flaky#1 0',
      'b#1 10',
      'flaky#2 90',
      'sure#1 10',
      'c#1 120',
      'sure#2 50',
      'a#1 0',
    ]);
  });

  it('counts within a list and a workflow from when it became many', async () => {
    const { run } = clocked();
    const inner = workflow([call('a'), call('b', { dependencies: ['a'] })], { name: 'inner' });
    expect(
      await run(
        [call('c', { id: 'each', call: 'c', map: [1, 2] }), { id: 'in', workflow: inner, dependencies: ['each'] }],
        1,
      ),
    ).toEqual(['each#1 0', 'each[0]#1 0', 'each[1]#1 100', 'in#1 0', 'in/a#1 0', 'in/b#1 0']);
  });

  it('is told of items of a list as well', async () => {
    const clock = manualClock();
    const events: RunEvent[] = [];
    const hear = (event: unknown): void => void events.push(event as RunEvent);
    channels.run.subscribe(hear);
    try {
      const items = openItemRun<string>({ keyOf: (row) => row, clock });
      const going = items.run(() => ['one', 'two'], {
        name: 'items',
        concurrency: 1,
        work: () => new Promise((resolve) => clock.after(100, () => resolve({ output: 1 }))),
      });
      for (let turn = 0; turn < 5; turn += 1) {
        await new Promise(setImmediate);
        await settle();
        await clock.advance(100);
      }
      await going;
      items.close();
    } finally {
      channels.run.unsubscribe(hear);
    }
    expect(waits(events)[0]).toBe('items[0]#1 0');
    expect(Number(waits(events)[1]?.split(' ')[1])).toBeGreaterThanOrEqual(100);
  });
});
