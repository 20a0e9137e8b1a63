import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/keys.ts'],
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  clean: true,
  removeNodeProtocol: false,
  external: ['vitest'],
  plugins: [
    {
      name: 'dashboard',
      // The page, beside the code that serves it.
      buildEnd: () => cpSync('../dashboard/dist', 'dist/page', { recursive: true }),
    },
  ],
  onSuccess: 'tsc -p tsconfig.build.json',
});
