import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeHotpath, planHotpath } from '../src/compose.ts';
import type { HotpathConfig } from '../src/config.ts';
import type { Hotpath } from '../src/hotpath.ts';
import { readModuleAnew } from '../src/read-module.ts';
import { createSharedParts, type SharedParts } from '../src/shared-parts.ts';

let folder: string;
let parts: SharedParts;
const open: Hotpath[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-recompose-'));
  parts = createSharedParts();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((hotpath) => hotpath.close()));
  rmSync(folder, { recursive: true, force: true });
});

const compose = async (config: HotpathConfig): Promise<Hotpath> => {
  const detect = { environment: false, ollama: false };
  const plan = await planHotpath({ detect, ...config }, { environment: { HOTPATH_HOME: folder } });
  const hotpath = await composeHotpath(plan, { parts, warmCache: false });
  open.push(hotpath);
  return hotpath;
};

const broken = { sim: { type: 'sim', errorRate: 1 } } as const;
const attempts = { maxAttempts: 1 };
const stateOf = ({ router }: Hotpath) => router.health().map(({ model, breaker }) => `${model} ${breaker.state}`);

describe('a composition after another', () => {
  it('answers from the same cache', async () => {
    const first = await compose({ providers: { sim: {} } });
    const prompt = 'Is it still known?';
    await first.router.query({ model: 'sim/sim-1', prompt });
    const second = await compose({ providers: { sim: {} }, aliases: { other: 'sim/sim-1' } });
    await first.close();
    expect((await second.router.query({ model: 'sim/sim-1', prompt })).cache).toBe('hit');
    expect((await second.cache?.stats())?.tiers[0]?.hits).toBe(1);
  });

  it('knows how the models of unchanged providers fare, and nothing of changed ones', async () => {
    const first = await compose({ providers: broken, attempts });
    for (let failure = 0; failure < 5; failure += 1) {
      await first.router.query({ model: 'sim/sim-1', prompt: `${failure}` }).catch(() => {});
    }
    expect(stateOf(first)).toEqual(['sim-1 open']);
    expect(stateOf(await compose({ providers: broken, attempts, aliases: { a: 'sim/sim-1' } }))).toEqual([
      'sim-1 open',
    ]);
    expect(stateOf(await compose({ providers: { sim: { type: 'sim', errorRate: 0.5 } } }))).toEqual([]);
  });

  it('reckons with the newest prices', async () => {
    const priced = async (prices: HotpathConfig['prices']) => {
      const { router, prices: table } = await compose({ providers: { sim: {} }, cache: { enabled: false }, prices });
      const { costUsd, usage } = await router.query({ model: 'sim/sim-1', prompt: 'How much?' });
      return { costUsd, tokens: usage?.outputTokens ?? 0, version: table.version };
    };
    const first = await priced({ 'sim-1': { input: 0, output: 100_000 } });
    expect(first.costUsd).toBeCloseTo(first.tokens / 10, 6);
    expect(first.version).toMatch(/\+own$/);
    const second = await priced({ 'sim-1': { input: 0, output: 1 }, 'sim/sim-1': { input: 0, output: 200_000 } });
    expect(second.costUsd).toBeCloseTo(second.tokens / 5, 6);
    expect((await priced({})).version).toMatch(/^[\d-]+$/);
  });

  it('has breakers as it says', async () => {
    const failing = async (failuresInRow: number) => {
      const hotpath = await compose({ providers: broken, attempts: { ...attempts, breaker: { failuresInRow } } });
      await hotpath.router.query({ model: 'sim/sim-1', prompt: 'fails' }).catch(() => {});
      return stateOf(hotpath);
    };
    expect(await failing(2)).toEqual(['sim-1 closed']);
    expect(await failing(1)).toEqual(['sim-1 open']);
  });

  it('goes on counting what limits allow, by the newest limits', async () => {
    const ask = ({ router }: Hotpath, prompt: string) => router.query({ model: 'sim/sim-1', prompt });
    const limited = (requestsPerMinute: number): HotpathConfig => ({
      providers: { sim: {} },
      attempts,
      limits: { providers: { sim: { requestsPerMinute } }, queueMs: 0 },
    });
    const first = await compose(limited(2));
    await ask(first, 'one');
    const second = await compose(limited(2));
    await ask(second, 'two');
    await expect(ask(second, 'three')).rejects.toMatchObject({ code: 'ROUTER_LIMITED' });
    // The old one closes nothing that the new one needs.
    await first.close();
    const third = await compose(limited(3));
    await ask(third, 'four');
    await expect(ask(third, 'five')).rejects.toMatchObject({ code: 'ROUTER_LIMITED' });
  });

  it('leaves nothing open where something does not fit', async () => {
    const first = await compose({ providers: { sim: {} } });
    const providers = { sim: {}, other: { type: 'sim' } } as const;
    const wrong = compose({ providers, routes: { r: { targets: ['nobody/m'] } } });
    await expect(wrong).rejects.toMatchObject({ code: 'ROUTER_REQUEST_INVALID' });
    await first.router.query({ model: 'sim/sim-1', prompt: 'Is it still known?' });
    // It was the last that had them: the next one opens a cache whose memory is empty.
    await first.close();
    const second = await compose({ providers: { sim: {} } });
    expect((await second.cache?.stats())?.tiers[0]?.entries).toBe(0);
  });
});

describe('a configuration that is a module', () => {
  it('is planned from what the file says now', async () => {
    const file = join(folder, 'hotpath.config.mts');
    const plan = async (model: string) => {
      writeFileSync(file, `export default { detect: { ollama: false }, defaultModel: '${model}' };`);
      const importModule = async (path: string) => ({ default: (await readModuleAnew(path)).value });
      return planHotpath(undefined, { configFile: file, environment: { HOTPATH_HOME: folder }, importModule });
    };
    expect((await plan('sim/a')).config.defaultModel).toBe('sim/a');
    expect(await plan('sim/b')).toMatchObject({ configFile: file, config: { defaultModel: 'sim/b' } });
  });
});
