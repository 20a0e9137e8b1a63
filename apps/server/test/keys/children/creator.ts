// Waits for a word on stdin, then makes keys as fast as it can, one of them under a name that others want too.
import { once } from 'node:events';
import { openKeyStore } from '../../../src/keys/store.ts';

const [path = '', prefix = '', count = '0'] = process.argv.slice(2);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const store = openKeyStore({ path, busyMs: 10_000 });
let shared = 'made';
try {
  store.create({ name: 'shared' });
} catch (error) {
  shared = String((error as { code?: unknown }).code);
}
for (let index = 0; index < Number(count); index++) store.create({ name: `${prefix} ${index}` });
process.stdout.write(`${shared}\n`);
