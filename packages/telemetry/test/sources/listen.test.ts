import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listenOnChannels } from '../../src/sources/listen.ts';

it('what a listener throws is told as a fault, and ends nothing', async () => {
  const hear = vi.fn();
  subscribe('hotpath:telemetry:fault', hear);
  const uncaught = vi.fn();
  process.on('uncaughtException', uncaught);
  onTestFinished(() => {
    unsubscribe('hotpath:telemetry:fault', hear);
    process.off('uncaughtException', uncaught);
  });
  const heard: unknown[] = [];
  const error = new Error('no such field');
  const stop = listenOnChannels({
    'test:broken'(message: unknown) {
      heard.push(message);
      if (message === 1) throw error;
    },
  });
  for (const message of [1, 2]) channel('test:broken').publish(message);
  stop();
  channel('test:broken').publish(3);
  await new Promise(setImmediate);
  expect(heard).toEqual([1, 2]);
  expect(hear.mock.calls.map(([event]) => event)).toEqual([{ where: 'test:broken', error, lost: 1 }]);
  expect(uncaught).not.toHaveBeenCalled();
});
