import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStoreThread, openEventStoreThread } from '../../src/thread/event-store-thread.ts';
import { exportRequests } from '../store/support.ts';

const day = 86_400_000;

let folder: string;
let thread: EventStoreThread;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(async () => {
  await thread.close();
  await rm(folder, { recursive: true, force: true });
});

it('prunes once something was written, and when there is too much', async () => {
  thread = openEventStoreThread({ store: { path: join(folder, 'events.sqlite'), maxBytes: 500_000 } });
  const listed = async () =>
    (await thread.ask('events', { kind: requestKind.name, fromMs: 0, toMs: Date.now() + day, limit: 100_000 })).length;
  await exportRequests(thread, [{ atMs: Date.now() - 20 * day }]);
  // It prunes after it has acknowledged.
  await expect.poll(listed).toBe(0);
  const fromMs = Date.now() - day;
  const many = Array.from({ length: 3000 }, (_, index) => ({ atMs: fromMs + index * 6000, id: 'x'.repeat(200) }));
  await exportRequests(thread, many);
  await expect.poll(listed).toBeLessThan(2500);
  expect(await listed()).toBeGreaterThan(200);
});
