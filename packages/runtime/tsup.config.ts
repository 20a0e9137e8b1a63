import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const shared = {
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  removeNodeProtocol: false,
} as const;

export default defineConfig([
  {
    ...shared,
    entry: [
      'src/index.ts',
      'src/analytics.ts',
      'src/content.ts',
      'src/items.ts',
      'src/metrics.ts',
      'src/telemetry.ts',
      'src/workflows.ts',
    ],
    // Both builds write there at the same time.
    clean: ['!plugin-digest.js'],
    define: { HOTPATH_RUNTIME_VERSION: JSON.stringify(version) },
    external: ['vitest'],
    onSuccess: 'tsc -p tsconfig.build.json',
  },
  // Whole in one file: read by starts that read little else.
  { ...shared, entry: ['src/plugin-digest.ts'], splitting: false, noExternal: ['@hotpath/plugin-loader/stamps'] },
]);
