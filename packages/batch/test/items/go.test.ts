import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../support/manual-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { begin, heardDuring, numbered, settle } from './support.ts';

const transient = (more: object = {}): Error => Object.assign(new Error('busy'), { isRetryable: true, ...more });

describe('a go over items', () => {
  it('has so many at work at a time, no further ahead than it may, and hands over in order', async () => {
    const { atWork, end, written, outcome } = begin(7);
    await settle();
    expect(atWork()).toEqual([0, 1]);
    for (const index of [1, 2]) await end(index);
    expect(atWork()).toEqual([0, 3]);
    await end(3);
    // Items 1 to 3 wait for the first.
    expect([atWork(), written()]).toEqual([[0], []]);
    await end(0);
    expect([atWork(), written()]).toEqual([
      [4, 5],
      [0, 1, 2, 3],
    ]);
    for (const index of [5, 4, 6]) await end(index);
    expect(await outcome).toMatchObject({ state: 'committed', end: { kind: 'complete' }, succeeded: 7, left: 0 });
    expect(written()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('holds what its items may cost, and gives back what they did not', async () => {
    const { atWork, end, outcome } = begin(7, {
      concurrency: 8,
      maxCostUsd: 2.5,
      estimateUsd: () => 1,
      mostAhead: 100,
    });
    await settle();
    expect(atWork()).toEqual([0, 1]);
    await end(0, { output: 'free' });
    expect(atWork()).toEqual([1, 2]);
    await end(1);
    await end(2);
    expect(await outcome).toMatchObject({ state: 'kept', end: { kind: 'out-of-money' }, costUsd: 2, left: 4 });
  });

  it('begins nothing when it is to finish, and gives all up when it is stopped', async () => {
    const { atWork, end, finishing, written, outcome, stopping } = begin(7);
    await settle();
    finishing.abort();
    await end(0);
    expect(atWork()).toEqual([1]);
    stopping.abort();
    expect(await outcome).toMatchObject({ state: 'kept', end: { kind: 'interrupted' }, left: 6 });
    expect(written()).toEqual([0]);
  });

  it('does not wait for ever for what does not heed that it is stopped', async () => {
    const clock = manualClock();
    const work = () => new Promise<never>(() => {});
    const { outcome, stopping } = begin(1, { work, graceMs: 1_000, list: { clock } });
    await settle();
    stopping.abort();
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ end: { kind: 'interrupted' }, left: 1 });
  });

  it('stops at what every item would fail of, which is still to be done', async () => {
    const path = join(tempFolder(), 'items.sqlite');
    const first = begin(7, { isFatal: (error) => error === 'no key', list: { path } });
    await settle();
    await first.fail(0, 'no key');
    expect(first.atWork()).toEqual([1]);
    await first.end(1);
    expect(await first.outcome).toMatchObject({ end: { kind: 'halted', error: 'no key' }, succeeded: 1, left: 6 });
    expect(first.written()).toEqual([]);
    first.items.close();
    const { items, stopping, outcome } = begin(7, { list: { path } });
    expect(await items.plan(() => numbered(7))).toEqual({ items: 7, succeeded: 1, failed: 0, begun: 0 });
    stopping.abort();
    await outcome;
    items.close();
  });

  it('counts what is billed of what it gave up', async () => {
    const { lost, finishing, items, outcome, stopping } = begin(7, { billedUsd: 0.25 });
    await settle();
    finishing.abort();
    stopping.abort();
    expect(await outcome).toMatchObject({ state: 'failed', end: { kind: 'interrupted' }, costUsd: 0.5 });
    expect([lost, items.spentUsd()]).toEqual([[0.25, 0.25], 0.5]);
  });

  const broken = (): never => {
    throw new Error('no room');
  };
  const failing = () => {
    let reads = 0;
    return async function* () {
      reads += 1;
      yield* ['q0', 'q1', 'q2'];
      await settle();
      if (reads > 1) broken();
    };
  };

  it.each(['write', 'read'])('waits for what is at work and keeps it when it cannot %s', async (what) => {
    const { atWork, aborted, end, ended, outcome, told } = begin(7, {
      concurrency: what === 'write' ? 3 : 4,
      ...(what === 'write' ? { sink: { line: () => 'x\n', write: broken } } : { read: failing() }),
    });
    for (let turn = 0; turn < 3; turn += 1) await settle();
    if (what === 'write') await end(0);
    const left = what === 'write' ? [1, 2, 3] : [0, 1, 2];
    expect(atWork()).toEqual(left);
    expect(told).toHaveLength(1);
    for (const index of left) await end(index);
    const { end: over, ...counts } = await outcome;
    expect(over).toMatchObject({ kind: 'broken', error: { message: 'no room' }, unkept: 0 });
    expect([ended.map(({ index }) => index), aborted]).toEqual([what === 'write' ? [0, 1, 2, 3] : [0, 1, 2], []]);
    expect(counts.state).toBe('kept');
  });

  it('says how many outputs could not be kept, and what they cost', async () => {
    const { lost, end, items, outcome, written } = begin(7, { concurrency: 3 });
    await settle();
    await end(0);
    items.close();
    for (const index of [1, 2, 3]) await end(index);
    expect(await outcome).toMatchObject({
      end: { kind: 'broken', unkept: 3, keepError: { code: 'BATCH_JOURNAL_UNUSABLE' } },
    });
    expect([lost, written()]).toEqual([[1, 1, 1], [0]]);
  });

  it('has no output of what cannot be written down', async () => {
    const { end, ended, outcome } = begin(1);
    await settle();
    await end(0, { output: 1n, costUsd: 1 });
    expect(await outcome).toMatchObject({ failed: 1, costUsd: 1 });
    expect(ended[0]?.output).toMatchObject({ code: 'BATCH_OUTPUT_NO_JSON' });
  });

  it('says where the list is another one when it is read again', async () => {
    let reads = 0;
    const items = () => {
      reads += 1;
      return reads === 1 ? ['q0', 'q1'] : ['q0'];
    };
    const { end, outcome } = begin(0, { read: items });
    await settle();
    await end(0);
    expect(await outcome).toMatchObject({ state: 'kept', end: { kind: 'complete' }, left: 1 });
  });
});

describe('an item', () => {
  it('is tried again where its failure may pass, in its own place, and not for ever', async () => {
    const clock = manualClock();
    const { atWork, end, ended, fail, items, outcome } = begin(3, {
      retries: 1,
      retryDelayMs: 1_000,
      list: { clock, random: () => 1 },
    });
    await settle();
    await fail(0, transient({ costUsd: 0.25 }));
    // What waits keeps its place.
    expect(atWork()).toEqual([1]);
    await clock.advance(999);
    expect(atWork()).toEqual([1]);
    await clock.advance(1);
    await settle();
    expect(atWork()).toEqual([1, 0]);
    await fail(0, transient({ costUsd: 0.5, code: 'BUSY' }));
    expect(ended).toMatchObject([{ index: 0, state: 'failed', output: { code: 'BUSY' }, costUsd: 0.75 }]);
    await fail(1, new Error('never'));
    await end(2);
    expect(await outcome).toMatchObject({ state: 'kept', succeeded: 1, failed: 2, costUsd: 1.75 });
    expect(items.spentUsd()).toBe(1.75);
  });

  it('knows what its attempts before have cost, and what it came to in an earlier go', async () => {
    const path = join(tempFolder(), 'items.sqlite');
    const clock = manualClock();
    const first = begin(1, { list: { path, clock, random: () => 1 }, retryDelayMs: 1 });
    await settle();
    await first.fail(0, transient({ costUsd: 0.25 }));
    await clock.advance(1);
    await settle();
    expect(first.taskOf(0)).toMatchObject({ attempt: 2, paidUsd: 0.25, previous: undefined });
    await first.end(0, { output: 'unfit', isFailed: true });
    expect(await first.outcome).toMatchObject({ failed: 1 });
    first.items.close();
    const kept = begin(1, { list: { path } });
    expect(await kept.outcome).toMatchObject({ failed: 1, reused: 1 });
    kept.items.close();
    const again = begin(1, { list: { path }, retryFailed: true });
    await settle();
    expect(again.taskOf(0)).toMatchObject({ attempt: 1, previous: 'unfit' });
    await again.end(0);
    expect(await again.outcome).toMatchObject({ state: 'committed', reused: 0 });
    again.items.close();
  });

  it('that waits to be tried again is given up when the run is to end', async () => {
    const clock = manualClock();
    const { fail, finishing, outcome } = begin(1, { list: { clock, random: () => 1 } });
    await settle();
    await fail(0, transient({ costUsd: 0.25 }));
    finishing.abort();
    expect(await outcome).toMatchObject({ end: { kind: 'interrupted' }, left: 1, costUsd: 0.25 });
  });

  it('may take so long, and is tried again then', async () => {
    const clock = manualClock();
    const { aborted, ended, outcome } = begin(1, {
      timeoutMs: 50,
      retries: 1,
      retryDelayMs: 10,
      list: { clock, random: () => 1 },
    });
    await settle();
    await clock.advance(60);
    await settle();
    await clock.advance(60);
    expect(await outcome).toMatchObject({ failed: 1 });
    expect(aborted).toEqual([0, 0]);
    expect(ended[0]?.output).toMatchObject({
      code: 'BATCH_STEP_TIMEOUT',
      message: expect.stringContaining('items[0]'),
    });
  });

  it('that waits for something outside gives its place to others, and waits for it to go on', async () => {
    const { atWork, end, fail, outcome, taskOf } = begin(5, { mostAhead: 100, retryDelayMs: 0 });
    await settle();
    const task = taskOf(0);
    task.park();
    await settle();
    expect(atWork()).toEqual([0, 1, 2]);
    expect(task.unpark()).toBe(false);
    await fail(0, transient());
    expect(atWork()).toEqual([1, 2]);
    // Before anything new.
    await end(1);
    expect(atWork()).toEqual([2, 0]);
    expect([taskOf(0).attempt, taskOf(0).unpark()]).toEqual([2, true]);
    await end(0);
    expect(atWork()).toEqual([2, 3]);
    for (const index of [2, 3, 4]) await end(index);
    expect(await outcome).toMatchObject({ state: 'committed' });
  });

  it('that waits outside is given up when the run is to finish; so is one that begins to', async () => {
    const { aborted, end, finishing, outcome, taskOf } = begin(5, { mostAhead: 100 });
    await settle();
    taskOf(0).park();
    await settle();
    finishing.abort();
    expect(aborted).toEqual([0]);
    taskOf(1).park();
    expect(aborted).toEqual([0, 1]);
    await end(2);
    expect(await outcome).toMatchObject({ end: { kind: 'interrupted' }, succeeded: 1, left: 4 });
  });

  it('starts no sooner than the rate of what it takes', async () => {
    const clock = manualClock();
    const { atWork, end, outcome } = begin(3, {
      resources: ['calls'],
      limits: { calls: { starts: 1, perMs: 1_000 } },
      list: { clock },
    });
    await settle();
    expect(atWork()).toEqual([0]);
    await clock.advance(1_000);
    await settle();
    expect(atWork()).toEqual([0, 1]);
    for (const index of [0, 1]) await end(index);
    await clock.advance(1_000);
    await settle();
    await end(2);
    expect(await outcome).toMatchObject({ state: 'committed' });
  });

  it('is told of on the channel of all runs', async () => {
    const events = await heardDuring(async () => {
      const { end, outcome } = begin(2);
      await settle();
      for (const index of [1, 0]) await end(index);
      await outcome;
    });
    expect(events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type))).toEqual([
      'run-start',
      'step-start items[0]',
      'step-start items[1]',
      'step-end items[1]',
      'step-end items[0]',
      'run-end',
    ]);
    expect(events.at(-1)).toMatchObject({ state: 'committed', costUsd: 2 });
  });
});
