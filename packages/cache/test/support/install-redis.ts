import { spawnSync } from 'node:child_process';
import { findRedis } from './redis-server.ts';

const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'redis-server'];

/** Before any test: puts a Redis on a machine that has none, where that is possible. In CI there must be one. */
export default (): void => {
  if (process.env.HOTPATH_TEST_REDIS !== undefined || findRedis() !== undefined) return;
  if (process.getuid?.() === 0 && spawnSync('apt-get', install, { stdio: 'ignore' }).status !== 0) {
    spawnSync('apt-get', ['update'], { stdio: 'ignore' });
    spawnSync('apt-get', install, { stdio: 'ignore' });
  }
  if (findRedis() !== undefined) return;
  const missing = 'The tests of what is shared need redis-server or valkey-server: install one of them.';
  if (process.env.CI !== undefined && process.env.CI !== '') throw new Error(missing);
  process.stderr.write(`${missing} They are skipped.\n`);
};
