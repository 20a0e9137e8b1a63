import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/stamps.ts', 'src/testing.ts', 'src/worker-thread.ts'],
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  external: ['vitest'],
  // Each file a start imports costs it half a millisecond, and whole files can be copied to where a bundle is. Copies of `PluginError`
  // know each other by their brand.
  splitting: false,
  plugins: [
    {
      name: 'schema',
      buildEnd: () => copyFileSync('src/plugin.schema.json', 'dist/plugin.schema.json'),
    },
  ],
  onSuccess: 'tsc -p tsconfig.build.json',
});
