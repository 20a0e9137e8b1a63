import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'chromium'];

/** The browser that tests drive: `HOTPATH_TEST_CHROMIUM`, or one on the path. */
export const findChromium = (): string | undefined => {
  const given = process.env.HOTPATH_TEST_CHROMIUM;
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
};

/** Before any test: puts a Chromium on a machine that has none, where that is possible. In CI there must be one. */
export default (): void => {
  if (findChromium() !== undefined) return;
  if (process.getuid?.() === 0 && spawnSync('apt-get', install, { stdio: 'ignore' }).status !== 0) {
    spawnSync('apt-get', ['update'], { stdio: 'ignore' });
    spawnSync('apt-get', install, { stdio: 'ignore' });
  }
  if (findChromium() !== undefined) return;
  const missing = 'The tests of the dashboard need Chromium: install it, so that "chromium" runs.';
  if (process.env.CI !== undefined && process.env.CI !== '') throw new Error(missing);
  process.stderr.write(`${missing} They are skipped.\n`);
};
