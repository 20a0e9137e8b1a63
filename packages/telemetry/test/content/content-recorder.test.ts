import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CapturedContent } from '../../src/content/captured.ts';
import { createContentRecorder } from '../../src/content/content-recorder.ts';
import type { TelemetryFaultEvent } from '../../src/events.ts';
import { listenToContent } from '../../src/sources/content.ts';
import { captured } from './support.ts';

const faults: TelemetryFaultEvent[] = [];
const hear = (event: unknown): void => void faults.push(event as TelemetryFaultEvent);
beforeEach(() => {
  vi.useFakeTimers();
  faults.length = 0;
  subscribe('hotpath:telemetry:fault', hear);
});
afterEach(() => {
  unsubscribe('hotpath:telemetry:fault', hear);
  vi.useRealTimers();
});

it('hands over what comes within a second at once, and the rest when it is closed', async () => {
  const written: (readonly CapturedContent[])[] = [];
  const recorder = createContentRecorder({ write: async (batch) => void written.push(batch) });
  recorder.take(captured({ answer: '1' }));
  recorder.take(captured({ answer: '2' }));
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  recorder.take(captured({ answer: '3' }));
  await recorder.close();
  recorder.take(captured({ answer: '4' }));
  expect(written.map((batch) => batch.map(({ answer }) => answer))).toEqual([['1', '2'], ['3']]);
});

it('loses and counts what cannot be written, and says so once', async () => {
  const onError = vi.fn();
  const write = async (): Promise<void> => {
    throw new Error('disk full');
  };
  const recorder = createContentRecorder({ write, onError });
  for (let index = 0; index < 3; index += 1) {
    recorder.take(captured());
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await recorder.close();
  expect(onError).toHaveBeenCalledOnce();
  expect(faults.map(({ where, lost }) => `${where} ${lost}`)).toEqual(['content 1', 'content 1', 'content 1']);
});

it('holds no more than some megabytes where writing does not end', async () => {
  const onError = vi.fn();
  const { promise, resolve } = Promise.withResolvers<void>();
  const recorder = createContentRecorder({ write: () => promise, onError });
  for (let index = 0; index < 200; index += 1) recorder.take(captured({ answer: 'x'.repeat(262_144) }));
  expect(onError).toHaveBeenCalledOnce();
  expect(faults.length).toBeGreaterThan(50);
  resolve();
  await recorder.close();
});

it('captures what the router tells, and no longer when it is stopped', () => {
  const taken: CapturedContent[] = [];
  const stop = listenToContent({ take: (each) => void taken.push(each), command: 'ask', now: () => 7 });
  const router = channel('hotpath:ai-router:content');
  const event = {
    protocol: 'openai-chat',
    provider: '',
    model: 'm',
    cache: 'miss',
    outcome: 'failed',
    answer: '',
    isAnswerCut: false,
  };
  router.publish({ ...event, body: { messages: [{ role: 'user', content: 'why?' }] } });
  const depth = 20_000;
  const content = JSON.parse(`${'[{"type":"tool_result","content":'.repeat(depth)}""${'}]'.repeat(depth)}`);
  router.publish({ ...event, body: { messages: [{ role: 'user', content }] } });
  stop();
  router.publish({ ...event, body: {} });
  expect(taken).toMatchObject([
    { atMs: 7, command: 'ask', provider: 'none', model: 'none', key: '', prompt: { texts: ['user: why?'] } },
    { prompt: { texts: [], isCut: true } },
  ]);
});
