// Spends a tenth of a cent at a time without end, and acknowledges on stdout how often it has been written, until killed.
import { writeSync } from 'node:fs';
import { openKeyStore } from '../../../src/keys/store.ts';

const [path = '', name = ''] = process.argv.slice(2);
const store = openKeyStore({ path, busyMs: 5_000 });
const key = store.find(name);
if (!key) throw new Error(`${name} is not there`);
for (let calls = 0; ; ) {
  const end = calls + 1 + ((calls * 7) % 40);
  for (; calls < end; calls += 1) {
    const verdict = store.spending.reserve(key, 0.001);
    if (verdict.granted) verdict.settle(0.001, { inputTokens: 3, outputTokens: 2 });
  }
  store.spending.flush();
  writeSync(1, `${calls}\n`);
}
