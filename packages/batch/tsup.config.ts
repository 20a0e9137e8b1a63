import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/correct.ts',
    'src/files.ts',
    'src/items.ts',
    'src/journals/sqlite.ts',
    'src/lock.ts',
    'src/testing.ts',
  ],
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
      buildEnd: () => copyFileSync('src/workflow.schema.json', 'dist/workflow.schema.json'),
    },
  ],
  onSuccess: 'tsc -p tsconfig.build.json',
});
