import { createHash } from 'node:crypto';
import type { AttemptRecord, JournalEntry, RunRecord } from '../../../src/index.ts';

export const runEntry = (id: string, fields: Partial<RunRecord> = {}): JournalEntry => ({
  type: 'run',
  run: { id, name: 'test', state: 'running', root: '/root', definition: '{}', inputs: '{}', createdAtMs: 1, ...fields },
});

export const attemptEntry = (run: string, step: string, fields: Partial<AttemptRecord> = {}): JournalEntry => ({
  type: 'attempt',
  run,
  attempt: { step, attempt: 1, startedAtMs: 1, ...fields },
});

/** Long or short, by its number, and no two alike. */
export const outputOf = (number: number): string => {
  const hash = createHash('sha256').update(String(number)).digest('hex');
  return JSON.stringify(hash.repeat(number % 7 === 0 ? 300 : 2));
};
