// Writes without end and acknowledges on stdout what it has flushed, until it is killed.
import { writeSync } from 'node:fs';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { payloadEntry } from './payload.ts';

const [path = '', round = ''] = process.argv.slice(2);
const store = sqliteStore({ path });
for (let serial = 0; ; ) {
  const end = serial + 1 + ((serial * 7) % 40);
  for (; serial < end; serial += 1) {
    store.set(`${round}:${serial}`, payloadEntry(`${round}:${serial}`, serial));
    store.set('always', payloadEntry('always', Number(round) * 1_000_000 + serial));
  }
  store.flush?.();
  writeSync(1, `${end}\n`);
}
