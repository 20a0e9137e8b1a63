import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createEnvelope } from '../src/envelope.ts';
import { createPendingWrites } from '../src/stores/sqlite/pending.ts';
import { createWriteBehind } from '../src/stores/sqlite/write-behind.ts';
import { within } from './support/clock.ts';
import { temporaryPaths } from './support/folder.ts';
import { entry, read, sqliteStores } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

it('who waits for a deletion is answered though the last attempt to write it failed with nothing left to write', async () => {
  const pending = createPendingWrites();
  const busy = Object.assign(new Error('database is locked'), { errcode: 5 });
  const writes = createWriteBehind({
    flushMs: 1,
    pending,
    envelope: createEnvelope(),
    commit: () => {
      // Somebody else, such as a lease that is given back, has written it in between.
      pending.clear();
      throw busy;
    },
    hasUnsettled: () => false,
    hasDropped: () => false,
    onFault: () => {},
    onDropped: () => {},
    failure: (error) => error,
    onOverflow: () => {},
    onIdle: () => {},
  });
  pending.put('key', undefined, 1, { isSet: true, isUrgent: true });
  writes.wake(true);
  const settled = Promise.resolve(writes.settled()).then(() => 'settled');
  expect(await within(500, settled)).toBe('settled');
  writes.stop(new Error('closed'));
});

it('a process that ends by itself has written what it set last, and does not wait for its worker', {
  timeout: 20_000,
}, async () => {
  const path = newPath();
  const script = fileURLToPath(new URL('./children/ends.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code as number);
  expect(await within(10_000, exited)).toBe(0);
  const store = start({ path });
  expect(read(store, 'last')).toBe('value');
  expect(store.get('key 0')).toBeUndefined();
  store.set('key', entry('works on'));
});
