import { describe, expect, it } from 'vitest';
import { createEntrance } from '../../src/economy/entrance.ts';
import { economyRig, withoutSqlite } from './support/rig.ts';

/** An entrance whose turns come when they are called, and the order in which requests came in. */
function set() {
  const turns: (() => void)[] = [];
  const came: number[] = [];
  const entrance = createEntrance((run) => void turns.push(run));
  const ask = (id: number, bytes = 10): (() => void) => {
    if (entrance.isFull()) return entrance.queue(bytes, () => void came.push(id));
    entrance.count(bytes);
    came.push(id);
    return () => {};
  };
  return { entrance, came, ask, turns, turn: () => turns.shift()?.() };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

describe('requests that come at once', () => {
  it('come in by the hundred, a turn of the event loop each, in their order', () => {
    const { came, ask, turn, turns } = set();
    for (const id of upTo(250)) ask(id);
    expect(came).toEqual(upTo(100));
    turn();
    expect(came).toEqual(upTo(200));
    // Who comes now does not overtake those that wait.
    ask(250);
    expect(came).toEqual(upTo(200));
    turn();
    expect(came).toEqual(upTo(251));
    turn();
    expect(turns).toHaveLength(0);
    ask(251);
    expect(came).toEqual(upTo(252));
  });

  it('come in by the megabyte where they are large', () => {
    const { came, ask, turn } = set();
    for (const id of upTo(5)) ask(id, 600_000);
    expect(came).toEqual(upTo(2));
    turn();
    expect(came).toEqual(upTo(4));
    turn();
    expect(came).toEqual(upTo(5));
  });

  it('do not come in once they have left, or all is closed', () => {
    const { came, ask, turn, entrance } = set();
    for (const id of upTo(100)) ask(id);
    const leave = ask(100);
    ask(101);
    leave();
    turn();
    expect(came).toEqual([...upTo(100), 101]);
    for (const id of upTo(200)) ask(id);
    const before = came.length;
    entrance.close();
    turn();
    turn();
    expect(came).toHaveLength(before);
  });
});

describe.skipIf(withoutSqlite)('a lane that is asked by hundreds at once', () => {
  const many = upTo(250).map((seed) => ({ seed }));

  it('answers each of them by one batch', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const asked = many.map((body) => ask(body));
    await rig.until(() => asked.every(({ sink }) => sink.body));
    expect(asked.every(({ sink }) => sink.head?.lane === 'batch')).toBe(true);
    expect(rig.upstream.batches).toHaveLength(1);
    expect(rig.upstream.batches[0]?.bodies.map(({ seed }) => seed)).toEqual(upTo(250));
  });

  it('leaves out who left before it came in, and asks live in time for who is in a hurry', async () => {
    const rig = await economyRig({ batchPolls: Number.POSITIVE_INFINITY });
    const startedAt = rig.clock.now();
    const { ask } = rig.router();
    const asked = many.map((body) => ask(body));
    // Each is looked for in the cache first; the turn is still the same.
    for (let steps = 0; steps < 20; steps += 1) await undefined;
    asked[249]?.ticket.leave();
    const near = ask({ seed: 1_000 }, { deadlineMs: 600_000 });
    const hurried = ask({ seed: 248 }, { deadlineMs: 1_200_000 });
    await near.sink.done;
    expect(near.sink.head).toMatchObject({ lane: 'live' });
    await rig.until(() => hurried.sink.body !== undefined);
    expect(hurried.sink.head).toMatchObject({ lane: 'live', cache: 'coalesced' });
    expect(rig.clock.now() - startedAt).toBe(1_200_000 - 300_000);
    expect(rig.upstream.batches[0]?.bodies).toHaveLength(249);
  });
});
