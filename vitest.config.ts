import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Unit and contract tests run the sources; tests/publish and tests/e2e run what is built.
const alias = [
  { find: /^@hotpath\/(cache|ai-router)\/(.+)$/, replacement: source('./packages/$1/src/$2.ts') },
  { find: /^@hotpath\/(cache|ai-router|runtime)$/, replacement: source('./packages/$1/src/index.ts') },
  { find: /^@hotpath\/server\/(.+)$/, replacement: source('./apps/server/src/$1.ts') },
  { find: /^@hotpath\/server$/, replacement: source('./apps/server/src/index.ts') },
];

const redis = source('./packages/cache/test/support/install-redis.ts');

const project = (name: string, include: string[], extra: object = {}) => ({
  resolve: { alias },
  test: { name, include, ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project('cache', ['packages/cache/test/**/*.test.ts'], { globalSetup: [redis] }),
      // Long runs, behind `npm run soak`.
      project('soak', ['{packages/cache/test,tests}/soak/**/*.soak.ts']),
      project('ai-router', ['packages/ai-router/test/**/*.test.ts']),
      project('runtime', ['packages/runtime/test/**/*.test.ts']),
      project('server', ['apps/server/test/**/*.test.ts']),
      project('cli', ['apps/cli/test/**/*.test.ts']),
      project('contract', ['tests/{contract,upstream}/**/*.test.ts']),
      project('bench', ['bench/test/**/*.test.ts']),
      project('scripts', ['tests/scripts/**/*.test.ts'], { testTimeout: 25_000 }),
      project('e2e', ['tests/e2e/**/*.test.ts'], { globalSetup: [redis], testTimeout: 30_000, hookTimeout: 60_000 }),
      project('publish', ['tests/publish/**/*.test.ts'], { testTimeout: 180_000, hookTimeout: 180_000 }),
    ],
  },
});
