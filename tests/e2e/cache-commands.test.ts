// biome-ignore-all lint/suspicious/noTemplateCurlyInString: how a configuration names a variable
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from './support/gateway.ts';
import { redisProgram, startRedis } from './support/redis.ts';

const cli = fileURLToPath(new URL('../../apps/cli/dist/hotpath.js', import.meta.url));
const program = redisProgram;
const homes: string[] = [];
let redis: Awaited<ReturnType<typeof startRedis>> | undefined;

beforeAll(async () => {
  if (program !== undefined) redis = await startRedis(program);
});
afterAll(async () => {
  await redis?.stop();
  await Promise.all(homes.map((home) => rm(home, { recursive: true, force: true })));
});

/** A machine with a cache file of its own and the Redis that all share. */
const machine = async (): Promise<{ gateway: Gateway; run(...args: string[]): Promise<string>; home: string }> => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
  homes.push(home);
  const cache = {
    redis: { url: redis?.url ?? '', prefix: 'e2e' },
    encryption: { keys: { a: '${CACHE_KEY}' }, current: 'a' },
  };
  await writeFile(join(home, 'hotpath.config.json'), JSON.stringify({ providers: { sim: {} }, cache }));
  const environment = { CACHE_KEY: 'ab'.repeat(32) };
  const gateway = await startGateway(environment, { home });
  const env = { PATH: process.env.PATH, HOME: home, HOTPATH_HOME: home, OLLAMA_HOST: '127.0.0.1:1', ...environment };
  return {
    home,
    gateway,
    run: async (...args) => (await promisify(execFile)(process.execPath, [cli, ...args], { cwd: home, env })).stdout,
  };
};

const stateOf = async ({ url }: Gateway, content: string): Promise<string | null> => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-1', messages: [{ role: 'user', content }] }),
  });
  await response.text();
  return response.headers.get('x-hotpath-cache');
};

it.skipIf(program === undefined)(
  'the cache commands of one machine reach the gateways of others through Redis',
  async () => {
    const [one, two] = await Promise.all([machine(), machine()]);
    const third = await machine();
    await third.gateway.stop();
    try {
      expect(await stateOf(one.gateway, 'shared')).toBe('miss');
      await expect.poll(() => stateOf(two.gateway, 'shared')).toBe('hit');
      expect(await stateOf(one.gateway, 'shared')).toBe('hit');

      // From a machine whose gateway does not run, and from one whose gateway does.
      for (const { run } of [third, one]) {
        await run('cache', 'invalidate', '--tag', 'model:sim/sim-1');
        await expect.poll(() => stateOf(two.gateway, 'shared')).toBe('miss');
        await expect.poll(() => stateOf(one.gateway, 'shared')).toBe('hit');
        await expect.poll(() => stateOf(two.gateway, 'shared')).toBe('hit');
      }

      const exported = await one.run('cache', 'export', '--from', 'redis');
      expect(exported.trim().split('\n')).toHaveLength(2);
      await one.run('cache', 'clear', '--yes');
      expect((await one.run('cache', 'export', '--from', 'redis')).trim().split('\n')).toHaveLength(1);
      const file = join(third.home, 'answers.ndjson');
      await writeFile(file, exported);
      await third.run('cache', 'import', file);
      await expect.poll(() => stateOf(two.gateway, 'shared')).toBe('hit');

      expect(JSON.parse(await one.run('cache', 'doctor', '--json'))).toMatchObject({ healthy: true });
      expect(JSON.parse(await one.run('cache', 'stats', '--json'))).toMatchObject({
        redis: { reachable: true, entries: 1 },
      });
    } finally {
      await Promise.all([one.gateway.stop('SIGKILL'), two.gateway.stop('SIGKILL')]);
    }
  },
);
