import type { RunEvent } from '@hotpath/runtime/workflows';
import { expect, it } from 'vitest';
import { drawTree } from '../../src/workflows/draw-tree.ts';
import { widthOf } from '../../src/workflows/fit.ts';
import { createLiveLines } from '../../src/workflows/live-lines.ts';
import { createRunView } from '../../src/workflows/run-view.ts';

const plan = (ids: readonly string[], critical: readonly string[] = []) =>
  ({ steps: ids.map((id) => ({ id, isCritical: critical.includes(id) })) }) as never;
const of = (step: string, atMs = 0) => ({ run: 'r', step, attempt: 1, atMs });
const start = (step: string): RunEvent => ({ type: 'step-start', ...of(step), waitedMs: 0 });
const end = (step: string, state: 'succeeded' | 'failed' = 'succeeded', error?: unknown): RunEvent => ({
  type: 'step-end',
  ...of(step),
  state,
  durationMs: 1_500,
  costUsd: 0.25,
  isReused: false,
  ...(error !== undefined && { error }),
});
const draw = (ids: readonly string[], events: readonly RunEvent[], { columns = 80, rows = 20 } = {}) => {
  const view = createRunView(plan(ids, ['build']));
  for (const event of events) view.take(event);
  return drawTree(view, { columns, rows, nowMs: 2_340, paint: (_, text) => text });
};

it('shows states, times, costs, what steps say, and the critical path', () => {
  const lines = draw(
    ['read', 'build', 'test', 'publish'],
    [
      start('read'),
      end('read'),
      start('build'),
      { type: 'step-progress', ...of('build'), text: 'compiling 3 of 9' },
      start('test'),
      end('test', 'failed', new Error('exit code 1')),
    ],
  );
  expect(lines).toEqual([
    '✓ read       1.5 s   $0.2500',
    '▸ build *    2.3 s            compiling 3 of 9',
    '✗ test       1.5 s   $0.2500  exit code 1',
    '· publish',
  ]);
});

it('folds what a step was expanded to: those under way and those that failed are seen, and sums', () => {
  const items = Array.from({ length: 100 }, (_, at) => `review[${at}]`);
  const lines = draw(
    ['review'],
    [
      start('review'),
      ...items.slice(0, 60).flatMap((name) => [start(name), end(name, name === 'review[7]' ? 'failed' : 'succeeded')]),
      ...items.slice(60, 64).map(start),
      start('review[63]/fix'),
    ],
  );
  expect(lines[0]).toContain('59 of 64, 1 failed');
  expect(lines[0]).toContain('$15.00');
  expect(lines).toHaveLength(7);
  expect(lines[1]).toMatch(/^✗ {3}review\[7\]/);
  expect(lines[6]).toMatch(/^▸ {5}review\[63\]\/fix/);
});

it('has no more lines than the screen, and hides what is done first', () => {
  const ids = Array.from({ length: 40 }, (_, at) => `step${at}`);
  const lines = draw(
    ids,
    [...ids.slice(0, 20).flatMap((id) => [start(id), end(id)]), start('step20'), start('step21')],
    { rows: 10 },
  );
  expect(lines).toHaveLength(10);
  expect(lines.slice(0, 2).map((line) => line.slice(0, 8))).toEqual(['▸ step20', '▸ step21']);
  expect(lines.at(-1)).toBe('… 20 done, 11 waiting');
});

it.each([20, 40, 80])('no line is as wide as a screen of %i columns, whatever it says', (columns) => {
  const text = '日本語のとても長い文章 \u001b[31m🦊👩‍👩‍👧 '.repeat(20);
  const id = 'a-step-with-a-name-that-has-no-end-at-all-and-goes-on-and-on-for-ever';
  const lines = draw([id, 'build'], [start(id), { type: 'step-progress', ...of(id), text }, start('build')], {
    columns,
  });
  for (const line of lines) expect(widthOf(line)).toBeLessThan(Math.max(columns, 34));
  expect(lines.join('')).not.toContain('\u001b');
});

it('draws again in place in one write, and nothing where nothing changed', () => {
  const written: string[] = [];
  const live = createLiveLines({ write: (text) => written.push(text) });
  live.show(['one', 'two']);
  live.show(['one', 'two']);
  live.show(['one', 'TWO']);
  live.show(['one']);
  expect(written).toHaveLength(3);
  expect(written[1]).toContain('\r\u001b[2A' + 'one\u001b[K\nTWO\u001b[K\n');
  expect(written[2]).toContain('\u001b[J');
  live.end();
  expect(written.at(-1)).toBe('\u001b[?25h');
});
