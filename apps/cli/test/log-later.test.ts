import { expect, it } from 'vitest';
import type { ConversationLog, Question } from '../src/conversations/log.ts';
import { logLater } from '../src/conversations/log-later.ts';

const question: Question = { text: 'Why?', attachments: [], model: 'sim/sim-1', system: undefined, title: undefined };

const watched = () => {
  const calls: string[] = [];
  const log: ConversationLog = {
    conversation: () => undefined,
    history: async () => [],
    asked: () => void calls.push('asked'),
    answered: async () => void calls.push('answered'),
    close: async () => void calls.push('close'),
  };
  const open = async (): Promise<ConversationLog> => {
    calls.push('open');
    return log;
  };
  return { calls, later: logLater(open) };
};

it('is opened after what is there already has been told', async () => {
  const { calls, later } = watched();
  later.asked(question);
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  expect(calls).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual(['open', 'asked']);
});

it('has the question before its answer, however soon that comes', async () => {
  const { calls, later } = watched();
  later.asked(question);
  await later.answered('Because.', 'whole', {});
  await later.close();
  expect(calls).toEqual(['open', 'asked', 'answered', 'close']);
});

it('is not opened where nothing was asked', async () => {
  const { calls, later } = watched();
  await later.answered('', 'failed', {});
  await later.close();
  expect(calls).toEqual([]);
});

it('tells whoever answers that it cannot be opened', async () => {
  const later = logLater(() => Promise.reject(new Error('no such chunk')));
  later.asked(question);
  await expect(later.answered('Because.', 'whole', {})).rejects.toThrow('no such chunk');
});
