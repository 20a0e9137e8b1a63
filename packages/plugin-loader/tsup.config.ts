import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/testing.ts', 'src/worker-thread.ts'],
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  external: ['vitest'],
  plugins: [
    {
      name: 'schema',
      buildEnd: () => copyFileSync('src/plugin.schema.json', 'dist/plugin.schema.json'),
    },
  ],
  onSuccess: 'tsc -p tsconfig.build.json',
});
