import { spawnSync } from 'node:child_process';
import { findPromtool } from './promtool.ts';

const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'prometheus'];

/** Before any test: puts promtool on a machine that has none, where that is possible. In CI there must be one. */
export default (): void => {
  if (findPromtool() !== undefined) return;
  if (process.getuid?.() === 0 && spawnSync('apt-get', install, { stdio: 'ignore' }).status !== 0) {
    spawnSync('apt-get', ['update'], { stdio: 'ignore' });
    spawnSync('apt-get', install, { stdio: 'ignore' });
  }
  if (findPromtool() !== undefined) return;
  const missing =
    'The tests of metrics need promtool: install Debian’s package prometheus, or name it in HOTPATH_TEST_PROMTOOL.';
  if (process.env.CI !== undefined && process.env.CI !== '') throw new Error(missing);
  process.stderr.write(`${missing} They are skipped.\n`);
};
