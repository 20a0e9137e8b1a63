// Uses a cache file that this user may not write to, and tells how it went.
import { sqliteStore } from '../../src/stores/sqlite.ts';

const [path = ''] = process.argv.slice(2);
const errors: string[] = [];
const read = (key: string): string | null => {
  const found = store.get(key);
  return found === undefined || found instanceof Promise ? null : Buffer.from(found.value).toString();
};
const attempt = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return 'done';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
};
const entry = (text: string) => ({
  value: new Uint8Array(Buffer.from(text)),
  createdAt: 1,
  expiresAt: Number.POSITIVE_INFINITY,
});
const store = sqliteStore({ path, flushMs: 1, onError: ({ code }) => errors.push(code) });
const before = read('kept');
for (let index = 0; index < 50; index += 1) store.set(`new ${index}`, entry('value'));
store.set('replaced', entry('new'));
store.delete('deleted');
const settled = await attempt(() => store.invalidations.settled());
await new Promise((resolve) => setTimeout(resolve, 100));
const lease = await attempt(() => store.leases.acquire('key', 1_000));
const { faults = 0, entries } = await store.usage();
const outcome = {
  before,
  after: read('kept'),
  masked: [read('replaced'), read('deleted'), read('new 3')],
  keys: [...store.keys()],
  settled,
  lease,
  errors,
  hasFaults: faults > 0,
  entries,
};
const closed = await attempt(() => store.close());
process.stdout.write(JSON.stringify({ ...outcome, closed }));
