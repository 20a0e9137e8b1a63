import { execFileSync } from 'node:child_process';
import { build, defineConfig } from 'tsup';

const common = {
  format: 'esm',
  target: 'node22.18',
  // TypeScript 7 has no compiler API for a bundler to call: tsc writes the types.
  dts: false,
  removeNodeProtocol: false,
  external: ['vitest'],
} as const;

export default defineConfig({
  ...common,
  entry: ['src/index.ts', 'src/testing.ts'],
  clean: true,
  async onSuccess() {
    // By itself: what it shared with the main entry would become files of their own, which that one pays for at each start.
    await build({ ...common, config: false, entry: ['src/ai-sdk.ts'], splitting: false });
    execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  },
});
