import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openContentDatabase } from '../../src/content/open-content.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { exportRequests } from './support.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
  path = join(folder, 'events.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const advice = /Move .* away, .*-wal and -shm: a new one is made\.$/;

it.each([
  ['written to', () => openEventStore({ path })],
  ['read', () => openEventStore({ path, isReadOnly: true })],
  ['of content', () => openContentDatabase(path, 100)],
])('a damaged file says what to do with it when it is opened: %s', (_, open) => {
  writeFileSync(path, 'no database '.repeat(1000));
  expect(open).toThrow(advice);
  expect(open).toThrow(expect.objectContaining({ code: 'TELEMETRY_STORE_UNAVAILABLE' }) as Error);
});

it('and when the damage is found later', async () => {
  const store = openEventStore({ path });
  await exportRequests(
    store,
    Array.from({ length: 5_000 }, (_, index) => ({ atMs: 1_000 + index, id: `request-${index}` })),
  );
  await store.close();
  const bytes = readFileSync(path);
  // What a file begins with is read as it is opened.
  bytes.fill(0xff, Math.floor(bytes.length * 0.75));
  writeFileSync(path, bytes);
  const damaged = openEventStore({ path });
  const read = () => damaged.list(requestKind, { fromMs: 0, toMs: 10_000, limit: 10_000 });
  expect(read).toThrow(expect.objectContaining({ code: 'TELEMETRY_STORE_DAMAGED' }) as Error);
  expect(read).toThrow(advice);
  await damaged.close();
});
