// Notes failures of a plugin that all such processes share, and after each one of a plugin that is its own, once the file `go` is there.
// With `dies` it is killed while it holds the lock.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phaseFailed } from '../../src/errors.ts';
import { withFileLock } from '../../src/file-lock.ts';
import { parseManifest } from '../../src/manifest.ts';
import { openPluginState } from '../../src/plugin-state.ts';

const [root = '', own = '', times = '', ending] = process.argv.slice(2);
const stateFile = join(root, 'state', 'plugins.json');
const plugins = ['shared', own].map((name) => {
  const folder = join(root, 'plugins', name);
  const file = join(folder, 'plugin.json');
  return { manifest: parseManifest({ name, version: '1.0.0' }, file), folder, file, source: 'test' };
});
const state = openPluginState(stateFile, { crashes: 1_000, failures: 1_000 }, Date.now, (error) => {
  throw error;
});
// Everyone has read what was there before anybody writes.
writeFileSync(join(root, `ready-${own}`), '');
while (!existsSync(join(root, 'go'))) {
  if (!existsSync(root)) process.exit(1);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
if (ending === 'dies') withFileLock(`${stateFile}.lock`, () => process.kill(process.pid, 'SIGKILL'));
for (let time = 0; time < Number(times); time++) {
  for (const plugin of plugins) {
    // What it writes beside its code makes no other plugin of it.
    writeFileSync(join(plugin.folder, `log-${own}.txt`), 'x'.repeat(time));
    const error = phaseFailed(plugin.manifest.name, plugin.folder, 'activation', new Error('no'));
    state.loading(plugin)(error);
  }
}
state.close();
