import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { builtinsFromProcess } from './bundle-builtins.ts';
import {
  entryAlone,
  licenceNotices,
  redisClientAlone,
  requireForBundledCommonJs,
  undiciPoolAlone,
} from './bundle-plugins.ts';

const versionIn = (path: string): string =>
  JSON.stringify(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version);

// Everything is bundled: one package to install, and a start that reads a few files instead of hundreds.
export default defineConfig({
  entry: ['src/hotpath.ts'],
  format: 'esm',
  target: 'node22.18',
  splitting: true,
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  // The packages are bundled from their sources, which get what their own builds would give them.
  define: {
    HOTPATH_VERSION: versionIn('package.json'),
    HOTPATH_RUNTIME_VERSION: versionIn('../../packages/runtime/package.json'),
  },
  esbuildOptions(options) {
    // Whole in one file, where the sources share most of theirs with all commands: the help reads nothing else.
    options.alias = { '@hotpath/runtime/plugin-digest': '../../packages/runtime/dist/plugin-digest.js' };
  },
  noExternal: [/./],
  esbuildPlugins: [undiciPoolAlone, redisClientAlone, licenceNotices('dist/THIRD-PARTY-NOTICES.txt')],
  plugins: [requireForBundledCommonJs, builtinsFromProcess, entryAlone],
  onSuccess: async () => {
    // Files that threads of their own run, each whole in itself.
    copyFileSync('../../packages/plugin-loader/dist/worker-thread.js', 'dist/worker-thread.js');
    copyFileSync('../../packages/telemetry/dist/event-store-worker.js', 'dist/event-store-worker.js');
    // The page of the gateway's dashboard, which the server looks for beside its code.
    cpSync('../dashboard/dist', 'dist/page', { recursive: true });
    // Programs that are profiled require this one, on a Node of theirs.
    copyFileSync('src/profile/recorder.cjs', 'dist/recorder.cjs');
  },
});
