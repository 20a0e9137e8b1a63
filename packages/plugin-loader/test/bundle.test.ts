import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Options } from 'tsup';
import { expect, it } from 'vitest';
import { pluginFolder } from './support/plugins.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

it('runs plugins in threads from within a bundle, with worker-thread.js beside it', async () => {
  const folder = pluginFolder();
  folder.add('threaded', {
    manifest: { worker: true, contributes: { commands: [{ name: 'where' }] } },
    code: `import { isMainThread } from 'node:worker_threads';
      export default { activate: () => ({ commands: { where: () => (isMainThread ? 'here' : 'in a thread') } }) };`,
  });
  const shared: Options = { format: 'esm', target: 'node22', config: false, silent: true, noExternal: [/./] };
  const outDir = join(folder.path, '.app', 'dist');
  folder.file('.app/package.json', '{"type":"module"}');
  await build({ ...shared, entry: { app: path('children/bundled-app.ts') }, outDir, splitting: true });
  // As the package ships it, whole.
  const shipped = join(folder.path, '.shipped');
  await build({ ...shared, entry: [path('../src/worker-thread.ts')], outDir: shipped, splitting: false });
  copyFileSync(join(shipped, 'worker-thread.js'), join(outDir, 'worker-thread.js'));

  const run = (): string =>
    spawnSync(process.execPath, [join(outDir, 'app.js'), folder.path], { encoding: 'utf8' }).stdout.trim();
  expect(run()).toBe('in a thread');
  rmSync(join(outDir, 'worker-thread.js'));
  expect(run()).toContain(`${join(outDir, 'worker-thread.js')} is not there. Whoever bundles`);
});
