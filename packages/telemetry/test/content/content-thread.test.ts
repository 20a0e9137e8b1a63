import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openContentStore } from '../../src/content/content-store.ts';
import { openContentThread } from '../../src/content/content-thread.ts';
import { killed } from '../support/killed.ts';
import { captured, holds, temporaryFolder } from './support.ts';

const script = new URL('./children/capture.ts', import.meta.url);

it('keeps and finds all that was acknowledged by processes that are killed, three at once, and none of it unredacted', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'content.sqlite');
  const lives = await Promise.all(
    ['one', 'other', 'third'].map((name, index) =>
      killed(script, path, name, 20 + index * 10).then((safe) => ({ name, safe })),
    ),
  );
  expect(holds(folder, 'sk-secret')).toBe(false);
  const store = openContentStore({ path });
  for (const { name, safe } of lives) {
    expect(safe).toBeGreaterThan(0);
    const found = store.search({ text: 'owl*', where: { command: [name] }, limit: 10_000 });
    expect(found.length).toBeGreaterThanOrEqual(safe);
    expect(store.get(`${name}-${safe - 1}`)?.prompt).toContain('user: [key] word');
  }
  const total = store.count();
  expect(store.delete({ all: true })).toEqual({ deleted: total, isErased: true });
  expect(holds(folder, 'word word')).toBe(false);
  store.close();
});

it('answers from its thread, with the codes of what is wrong', async () => {
  const path = join(temporaryFolder(), 'content.sqlite');
  const thread = openContentThread({ store: { path, keepMs: 1e15 } });
  await thread.add([captured({ asked: 'what does an owl eat', requestId: 'r1' })]);
  expect(await thread.search({ text: 'owl' })).toMatchObject([{ requestId: 'r1' }]);
  expect(await thread.get('r1')).toMatchObject({ answer: 'because' });
  await expect(thread.search({ text: '?' })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' });
  expect(await thread.delete({ id: 'r1' })).toEqual({ deleted: 1, isErased: true });
  expect(await thread.count()).toBe(0);
  await thread.close();
  await thread.close();
  await expect(thread.count()).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' });
});

it('deletes what gets too old while it goes on', async () => {
  const path = join(temporaryFolder(), 'content.sqlite');
  const thread = openContentThread({ store: { path, keepMs: 200 }, pruneMs: 20 });
  await thread.add([captured({ atMs: Date.now() }), captured({ atMs: Date.now() + 3_600_000 })]);
  await expect.poll(() => thread.count(), { timeout: 10_000, interval: 20 }).toBe(1);
  await thread.close();
});

it('tells with the first thing sent that its file cannot be used', async () => {
  const path = join(temporaryFolder(), 'content.sqlite');
  mkdirSync(path);
  const thread = openContentThread({ store: { path } });
  await expect(thread.add([captured()])).rejects.toMatchObject({ code: 'TELEMETRY_STORE_UNAVAILABLE' });
  await thread.close();
});

it('ends although a pattern of somebody goes on for ever', async () => {
  const path = join(temporaryFolder(), 'content.sqlite');
  const thread = openContentThread({ store: { path, redact: { patterns: ['(a+)+b'] } }, closeMs: 300 });
  const adding = thread.add([captured({ asked: 'a'.repeat(60) })]);
  const isLost = expect(adding).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' });
  await thread.close();
  await isLost;
});
