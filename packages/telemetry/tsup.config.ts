import { defineConfig } from 'tsup';

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
      'src/alerts.ts',
      'src/analytics.ts',
      'src/content.ts',
      'src/event-store.ts',
      'src/index.ts',
      'src/json.ts',
      'src/otlp.ts',
      'src/prometheus.ts',
      'src/testing.ts',
    ],
    // Both builds write there at the same time.
    clean: ['!event-store-worker.js'],
    external: ['vitest'],
    onSuccess: 'tsc -p tsconfig.build.json',
  },
  // Whole in one file: whoever bundles the package copies it beside the bundle.
  { ...shared, entry: ['src/event-store-worker.ts'], splitting: false },
]);
