import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  define: { HOTPATH_RUNTIME_VERSION: JSON.stringify(version) },
  external: ['vitest'],
  onSuccess: 'tsc -p tsconfig.build.json',
});
