import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Unit and contract tests run the sources; tests/publish and tests/e2e run what is built.
const alias = [
  {
    find: /^@hotpath\/(cache|ai-router|batch|plugin-loader|telemetry|runtime)\/(.+)$/,
    replacement: source('./packages/$1/src/$2.ts'),
  },
  {
    find: /^@hotpath\/(cache|ai-router|batch|plugin-loader|telemetry|runtime)$/,
    replacement: source('./packages/$1/src/index.ts'),
  },
  { find: /^@hotpath\/server\/(.+)$/, replacement: source('./apps/server/src/$1.ts') },
  { find: /^@hotpath\/server$/, replacement: source('./apps/server/src/index.ts') },
];

// Files that share a worker: each puts back what it changes for all, such as timers and who listens on channels.
const shared = { isolate: false };

// What happens between real processes within real time may come late on a machine with others at work: in CI a test gets a second
// chance. What is broken fails both.
const realTime = { retry: process.env.CI ? 1 : 0 };

const runFolder = source('./tests/support/run-folder.ts');
const simulations = 'packages/batch/test/simulation/**/*.test.ts';
const redis = source('./packages/cache/test/support/install-redis.ts');
const promtool = source('./packages/telemetry/test/support/install-promtool.ts');
const chromium = source('./tests/support/install-chromium.ts');

const project = (name: string, include: string[], extra: object = {}) => ({
  resolve: { alias },
  test: { name, include, globalSetup: [runFolder], ...extra },
});

export default defineConfig({
  test: {
    // Most of what tests do is wait for processes, files and sockets: on two cores the default would be one worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project('cache', ['packages/cache/test/**/*.test.ts'], {
        ...realTime,
        globalSetup: [runFolder, redis],
        testTimeout: 20_000,
      }),
      // Long runs, behind `npm run soak`.
      project('soak', ['{packages/{cache,batch}/test,tests}/soak/**/*.soak.ts']),
      project('ai-router', ['packages/ai-router/test/**/*.test.ts'], { ...shared, ...realTime, testTimeout: 20_000 }),
      // As Node loads it: what plugins may do to the process that imports them is what is tested.
      project('plugin-loader', ['packages/plugin-loader/test/**/*.test.ts'], {
        ...realTime,
        testTimeout: 30_000,
        experimental: { viteModuleRunner: false },
      }),
      project('batch', ['packages/batch/test/**/*.test.ts'], {
        ...realTime,
        testTimeout: 30_000,
        exclude: [simulations],
      }),
      // As Node loads it: what is simulated is work of the processor alone, and takes half as long so.
      project('batch-simulation', [simulations], { testTimeout: 30_000, experimental: { viteModuleRunner: false } }),
      project('telemetry', ['packages/telemetry/test/**/*.test.ts'], {
        ...realTime,
        globalSetup: [runFolder, promtool],
      }),
      project('runtime', ['packages/runtime/test/**/*.test.ts'], shared),
      project('dashboard', ['apps/dashboard/test/**/*.test.ts'], shared),
      project('server', ['apps/server/test/**/*.test.ts'], { ...realTime, globalSetup: [runFolder, promtool] }),
      // Each test starts processes, and a busy machine may take its time over each.
      project('cli', ['apps/cli/test/**/*.test.ts'], { ...realTime, testTimeout: 60_000 }),
      project('contract', ['tests/{contract,upstream}/**/*.test.ts'], shared),
      project('bench', ['bench/test/**/*.test.ts']),
      project('scripts', ['tests/scripts/**/*.test.ts'], { testTimeout: 25_000 }),
      project('examples', ['examples/*/test/**/*.test.ts'], realTime),
      project('e2e', ['tests/e2e/**/*.test.ts'], {
        ...realTime,
        globalSetup: [runFolder, redis, chromium],
        testTimeout: 30_000,
        hookTimeout: 60_000,
        // What a browser shows comes when it does.
        expect: { poll: { timeout: 10_000 } },
      }),
      project('publish', ['tests/publish/**/*.test.ts'], { testTimeout: 180_000, hookTimeout: 180_000 }),
    ],
  },
});
