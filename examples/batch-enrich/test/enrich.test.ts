import type { Agent, AgentRequest } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { findingsOf, makeFolders } from '../../batch-engine/folders.ts';
import { enrich } from '../index.ts';
import workflow, { functions } from '../workflow.ts';

const texts = ['a good day', 'rain', 'bad coffee', 'good tea', 'a bus', 'bad luck', 'good luck', 'snow'];
const rows = texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
const paths = { from: 'in.jsonl', to: 'out.jsonl' };

const moodOf = (text: string): string => /\b(?:good|bad)\b/.exec(text)?.[0] ?? 'neither';
/** Made up: a model would read the text. */
const answerTo = (task: string) => {
  const text = task.split('\n').at(-1) ?? '';
  return { text: JSON.stringify({ topic: text.split(' ').at(-1), mood: moodOf(text) }), costUsd: 0.01 };
};
const expected = texts.map((text) => ({ text, topic: text.split(' ').at(-1), mood: moodOf(text) }));
const written = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('has nothing against it in a plan', async () => {
  const { root } = makeFolders({ 'in.jsonl': rows });
  expect(await findingsOf(root, workflow, paths, Object.keys(functions))).toEqual([]);
});

it('writes rows in their order, whichever was answered first', async () => {
  const folders = makeFolders({ 'in.jsonl': rows });
  const waiting: (() => void)[] = [];
  const answer = async ({ task }: AgentRequest) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    // All eight are asked at once, and the last is answered first.
    if (waiting.length === texts.length) for (const go of waiting.reverse()) go();
    await promise;
    return answerTo(task);
  };
  // Where nobody knows what one costs, the first is asked alone.
  const agents: Agent = Object.assign(answer, { estimateCostUsd: () => 0.02 });
  expect(await enrich({ ...folders, agents }, paths)).toMatchObject({ state: 'committed', outputs: { write: 8 } });
  expect(written(folders.read('out.jsonl'))).toEqual(expected);
});

it('goes on where it was stopped, and pays for nothing twice', async () => {
  const folders = makeFolders({ 'in.jsonl': rows });
  const stop = new AbortController();
  const answered: string[] = [];
  const agents: Agent = async ({ task }, { signal }) => {
    if (answered.length === 3) stop.abort();
    signal.throwIfAborted();
    answered.push(task);
    return answerTo(task);
  };
  const first = await enrich({ ...folders, agents }, { ...paths, signal: stop.signal }, 1);
  expect(first).toMatchObject({ state: 'kept', error: { code: 'BATCH_CANCELLED' } });
  expect(answered).toHaveLength(3);
  const second = await enrich({ ...folders, agents }, paths);
  expect(second).toMatchObject({ run: first.run, state: 'committed' });
  expect(second.costUsd).toBeCloseTo(0.08);
  expect(answered).toHaveLength(8);
  expect(new Set(answered).size).toBe(8);
  expect(written(folders.read('out.jsonl'))).toEqual(expected);
});

it('begins anew for what is finished, and for another file', async () => {
  const folders = makeFolders({ 'in.jsonl': rows, 'more.jsonl': '{"text":"good"}\n' });
  const agents: Agent = async ({ task }) => answerTo(task);
  const first = await enrich({ ...folders, agents }, paths);
  const other = await enrich({ ...folders, agents }, { from: 'more.jsonl', to: 'out.jsonl' });
  expect(other.run).not.toBe(first.run);
  expect(written(folders.read('out.jsonl'))).toEqual([{ text: 'good', topic: 'good', mood: 'good' }]);
});
