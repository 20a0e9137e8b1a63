import { expect, it } from 'vitest';
import { listenSince } from '../src/listen-since.ts';

it('tells what was announced earlier, at its time and to the end, whatever a listener throws', () => {
  const messages = ['first', 'second'];
  const since = listenSince(messages.map((message, index) => ({ channel: 'test:since', message, atMs: 1000 + index })));
  const heard: unknown[] = [];
  const stop = since.listen({
    'test:since'(message: unknown) {
      heard.push([message, since.now()]);
      throw new Error('no such field');
    },
  });
  since.replay();
  stop();
  expect(heard).toEqual([
    ['first', 1000],
    ['second', 1001],
  ]);
  expect(since.now()).toBeGreaterThan(1001);
});
