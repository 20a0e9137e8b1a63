import { describe, expect, it } from 'vitest';
import type { Durability, JournalEntry } from '../../src/index.ts';
import { createGroupCommit } from '../../src/journal/group-commit.ts';

const undone = (sequence: number): JournalEntry => ({ type: 'effect-undone', run: 'run', sequence });

const newGroup = (fail: () => unknown = () => undefined) => {
  const commits: { sequences: unknown[]; durability: Durability }[] = [];
  let turnEnd: (() => void) | undefined;
  const group = createGroupCommit({
    commit: (entries, durability) => {
      const failure = fail();
      if (failure !== undefined) throw failure;
      commits.push({ sequences: entries.map((entry) => (entry as { sequence: number }).sequence), durability });
    },
    defer: (run) => {
      turnEnd = run;
    },
  });
  return { group, commits, endTurn: () => turnEnd?.() };
};

describe('group commit', () => {
  it('makes one commit of all calls of a turn, in their order, as sure as the surest', async () => {
    const { group, commits, endTurn } = newGroup();
    const calls = [
      group.write([undone(1), undone(2)], 'relaxed'),
      group.write([undone(3)], 'full'),
      group.write([undone(4)], 'relaxed'),
    ];
    expect(commits).toEqual([]);
    endTurn();
    await Promise.all(calls);
    const last = group.write([undone(5)], 'relaxed');
    endTurn();
    await last;
    expect(commits).toEqual([
      { sequences: [1, 2, 3, 4], durability: 'full' },
      { sequences: [5], durability: 'relaxed' },
    ]);
  });

  it('rejects all calls of a group that fails, and none of the next', async () => {
    let failure: unknown = new Error('the disk is full');
    const { group, commits, endTurn } = newGroup(() => failure);
    const calls = [group.write([undone(1)], 'relaxed'), group.write([undone(2)], 'full')];
    endTurn();
    for (const call of calls) await expect(call).rejects.toThrow('the disk is full');
    failure = undefined;
    const next = group.write([undone(3)], 'relaxed');
    endTurn();
    await next;
    expect(commits).toEqual([{ sequences: [3], durability: 'relaxed' }]);
  });

  it('commits at once when asked, and once only', async () => {
    const { group, commits, endTurn } = newGroup();
    const call = group.write([undone(1)], 'relaxed');
    group.flush();
    expect(commits.length).toBe(1);
    endTurn();
    group.flush();
    await call;
    expect(commits.length).toBe(1);
  });
});
