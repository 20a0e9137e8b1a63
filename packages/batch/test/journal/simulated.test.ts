import { describe, expect, it } from 'vitest';
import type { Durability, JournalEntry } from '../../src/index.ts';
import { Crash, type SimulatedJournal, simulatedJournal, testJournal } from '../../src/testing.ts';

const disks = new Map<string, SimulatedJournal>();
testJournal(
  'simulatedJournal',
  ({ path }) => {
    const journal = disks.get(path)?.restart({ power: 'lost', random: () => 0.999 }) ?? simulatedJournal();
    disks.set(path, journal);
    return journal;
  },
  { isDurable: true },
);

const started: JournalEntry = {
  type: 'run',
  run: { id: 'run', name: 'n', state: 'running', root: '/', definition: '{}', inputs: '{}', createdAtMs: 1 },
};
const step = (name: string): JournalEntry => ({
  type: 'attempt',
  run: 'run',
  attempt: { step: name, attempt: 1, startedAtMs: 1 },
});
const stepsOf = (journal: SimulatedJournal): string =>
  journal
    .load('run')
    ?.attempts.map((attempt) => attempt.step)
    .join('') ?? '';

/** Writes steps a, b, c, ... as sure as said, waits for so many of them, and has them lost. */
const survivors = async (durabilities: readonly Durability[], waited: number, power: 'kept' | 'lost') => {
  const found = new Set<string>();
  for (const random of [0, 0.2, 0.4, 0.6, 0.8, 0.999]) {
    const journal = simulatedJournal();
    await journal.write([started], 'full');
    for (const [number, durability] of durabilities.entries()) {
      const written = journal.write([step('abcdef'.charAt(number))], durability);
      if (number < waited) await written;
      else written.catch(() => {});
    }
    found.add(stepsOf(journal.restart({ power, random: () => random })));
  }
  return [...found];
};

describe('a simulated journal', () => {
  it('keeps through the death of the process what was resolved, and any beginning of the rest', async () => {
    expect(await survivors(['relaxed', 'relaxed', 'relaxed', 'relaxed'], 2, 'kept')).toEqual(['ab', 'abc', 'abcd']);
  });

  it('keeps without power what is full with all before it, and any beginning of the rest', async () => {
    expect(await survivors(['relaxed', 'full', 'relaxed', 'relaxed'], 4, 'lost')).toEqual(['ab', 'abc', 'abcd']);
    expect(await survivors(['relaxed', 'relaxed'], 2, 'lost')).toEqual(['', 'a', 'ab']);
  });

  it('owes nothing to a full write that was not resolved', async () => {
    expect(await survivors(['relaxed', 'full'], 0, 'lost')).toEqual(['', 'a', 'ab']);
  });

  it('dies before or after a write, and with it all that waits', async () => {
    for (const when of ['before', 'after'] as const) {
      const journal = simulatedJournal({ crash: { write: 3, when } });
      await journal.write([started], 'full');
      const pending = journal.write([step('a')], 'relaxed');
      const last = journal.write([step('b')], 'full');
      await expect(last).rejects.toThrow(Crash);
      await expect(pending).rejects.toThrow(Crash);
      await expect(journal.write([step('c')], 'relaxed')).rejects.toThrow(Crash);
      expect(() => journal.load('run')).toThrow(Crash);
      expect(journal.writes).toBe(3);
      const next = journal.restart({ power: 'lost', random: () => 0 });
      expect(stepsOf(next)).toBe(when === 'before' ? '' : 'ab');
    }
  });

  it('goes on from what was left', async () => {
    const journal = simulatedJournal();
    await journal.write([started, step('a')], 'full');
    const next = journal.restart({ power: 'lost', random: () => 0, crash: { write: 2, when: 'before' } });
    await next.write([step('b')], 'full');
    await expect(next.write([step('c')], 'full')).rejects.toThrow(Crash);
    expect(stepsOf(next.restart({ power: 'lost', random: () => 0 }))).toBe('ab');
  });
});
