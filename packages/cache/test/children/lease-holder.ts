// Takes a lease, tells its token on stdout, and on SIGUSR2 writes what it "loaded" and releases the lease.
import { writeSync } from 'node:fs';
import { sqliteStore } from '../../src/stores/sqlite.ts';

const [path = '', key = ''] = process.argv.slice(2);
const store = sqliteStore({ path });
const version = store.invalidations.version();
const token = await store.leases.acquire(key, 30_000);
process.on('SIGUSR2', async () => {
  const value = new Uint8Array(Buffer.from('of the child'));
  store.set(key, { value, createdAt: 1, expiresAt: Number.POSITIVE_INFINITY, fence: token, version }, 'load');
  await store.leases.release(key, token ?? 0);
  await store.close();
  process.exit(0);
});
writeSync(1, `${token}\n`);
setInterval(() => {}, 1_000);
