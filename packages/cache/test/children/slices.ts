// Writes batches in slices without ever flushing, and acknowledges on stdout the deletions that others can see.
import { writeSync } from 'node:fs';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { payloadEntry } from './payload.ts';

const [path = '', round = ''] = process.argv.slice(2);
const store = sqliteStore({ path, flushMs: 1 });
for (let serial = 0; ; serial += 1) {
  for (let index = 0; index < 600; index += 1) store.set(`${round}:${index}`, payloadEntry(`${round}:${index}`, index));
  store.set(`${round}:deleted ${serial}`, payloadEntry('deleted', serial));
  store.flush();
  for (let index = 0; index < 600; index += 1)
    store.set(`${round}:${index}`, payloadEntry(`${round}:${index}`, index + 1));
  store.delete(`${round}:deleted ${serial}`);
  await store.invalidations.settled();
  writeSync(1, `${serial}\n`);
}
