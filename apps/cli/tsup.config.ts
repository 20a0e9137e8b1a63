import { copyFileSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { builtinsFromProcess } from './bundle-builtins.ts';
import {
  entryAlone,
  licenceNotices,
  redisClientAlone,
  requireForBundledCommonJs,
  undiciPoolAlone,
} from './bundle-plugins.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

// Everything is bundled: one package to install, and a start that reads a few files instead of hundreds.
export default defineConfig({
  entry: ['src/hotpath.ts'],
  format: 'esm',
  target: 'node22.18',
  splitting: true,
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  define: { HOTPATH_VERSION: JSON.stringify(version) },
  noExternal: [/./],
  esbuildPlugins: [undiciPoolAlone, redisClientAlone, licenceNotices('dist/THIRD-PARTY-NOTICES.txt')],
  plugins: [requireForBundledCommonJs, builtinsFromProcess, entryAlone],
  onSuccess: async () => {
    // Plugins that want a thread of their own are run by this file, which is whole in itself.
    copyFileSync('../../packages/plugin-loader/dist/worker-thread.js', 'dist/worker-thread.js');
    // Programs that are profiled require this one, on a Node of theirs.
    copyFileSync('src/profile/recorder.cjs', 'dist/recorder.cjs');
  },
});
