import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const shared = {
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  removeNodeProtocol: false,
} as const;

// Whole in one file each: copied to where a bundle is, or read by starts that read nothing else.
const whole = ['stamps', 'worker-thread'];

export default defineConfig([
  {
    ...shared,
    entry: ['src/index.ts', 'src/testing.ts'],
    // Both builds write there at the same time.
    clean: whole.map((name) => `!${name}.js`),
    external: ['vitest'],
    plugins: [
      {
        name: 'schema',
        buildEnd: () => copyFileSync('src/plugin.schema.json', 'dist/plugin.schema.json'),
      },
    ],
    onSuccess: 'tsc -p tsconfig.build.json',
  },
  { ...shared, entry: whole.map((name) => `src/${name}.ts`), splitting: false },
]);
