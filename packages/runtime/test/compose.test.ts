import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentialOf } from '@hotpath/ai-router';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHotpath, type HotpathOptions } from '../src/compose.ts';
import type { HotpathConfig } from '../src/config.ts';
import type { Hotpath } from '../src/hotpath.ts';

let root: string;
const open: Hotpath[] = [];
const servers: Server[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-compose-'));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((hotpath) => hotpath.close()));
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  rmSync(root, { recursive: true, force: true });
});

/** A machine where nothing is set up: no keys, no Ollama, an empty home. */
const start = async (
  config?: HotpathConfig,
  environment: Readonly<Record<string, string>> = {},
  options: HotpathOptions = {},
): Promise<Hotpath> => {
  const hotpath = await createHotpath(config, {
    folder: root,
    environment: { HOTPATH_HOME: join(root, 'home'), OLLAMA_HOST: '127.0.0.1:1', ...environment },
    ...options,
  });
  open.push(hotpath);
  return hotpath;
};

const question = { prompt: 'Is this repeated?' };

describe('without any provider', () => {
  it('answers with the simulator and says so', async () => {
    const hotpath = await start();
    expect(hotpath.simulated).toBe(true);
    expect(hotpath.providers).toEqual([{ id: 'sim', type: 'sim', source: 'built in', hasKey: false }]);
    expect(hotpath.config.defaultModel).toBe('sim/sim-1');
    const { text, provider } = await hotpath.router.query(question);
    expect(provider).toBe('sim');
    expect(text).toMatch(/simulated/i);
  });
});

describe("a client's own key", () => {
  const credential = credentialOf({ authorization: 'Bearer sk-proj-0123456789' });

  /** A vendor of nothing but a list of models, which it shows to that key. */
  const vendor = async (): Promise<string> => {
    const server = createServer((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer sk-proj-0123456789';
      response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{"data":[{"id":"gpt-theirs"}]}' : '{}');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const models = async (hotpath: Hotpath): Promise<readonly string[]> =>
    (await hotpath.router.models(credential && { credential })).models.map(({ id }) => id);

  it('reaches the vendor that it is for where nothing is set up, which still counts as simulated', async () => {
    const hotpath = await start(undefined, { OPENAI_BASE_URL: await vendor() });
    expect(await models(hotpath)).toEqual(['sim/sim-1', 'openai/gpt-theirs']);
    expect(hotpath).toMatchObject({ simulated: true, providers: [{ id: 'sim' }] });
  });

  it('reaches no vendor where the configuration looks at no environment, or has another of its id', async () => {
    const environment = { OPENAI_BASE_URL: await vendor() };
    expect(await models(await start({ detect: { environment: false } }, environment))).toEqual(['sim/sim-1']);
    expect(await models(await start({ providers: { openai: { type: 'sim', models: ['own'] } } }, environment))).toEqual(
      ['openai/own'],
    );
  });

  it('is sent to a configured provider as its setting says', async () => {
    const baseUrl = `${await vendor()}/v1`;
    const local = (more: object) => ({
      providers: { local: { type: 'openai-compatible' as const, baseUrl, ...more } },
      detect: { environment: false },
    });
    expect(await models(await start(local({})))).toEqual([]);
    expect(await models(await start(local({ passThroughKeys: true })))).toEqual(['local/gpt-theirs']);
    const keyless = { providers: { openai: { baseUrl } } };
    expect(await models(await start(keyless))).toEqual(['openai/gpt-theirs']);
    expect(await models(await start({ providers: { openai: { baseUrl, passThroughKeys: false } } }))).toEqual([]);
  });
});

describe('the cache', () => {
  it('answers the second identical question', async () => {
    const { router } = await start();
    const first = await router.query(question);
    const second = await router.query(question);
    expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
  });

  it('survives a restart through its file', async () => {
    const before = await start();
    const first = await before.router.query(question);
    await before.close();
    const after = await start();
    expect(await after.router.query(question)).toMatchObject({ text: first.text, cache: 'hit' });
  });

  it('forgets after its time to live', async () => {
    let time = 1_700_000_000_000;
    const { router } = await start({ cache: { ttlMs: '1h' } }, {}, { now: () => time });
    await router.query(question);
    time += 3_599_000;
    expect((await router.query(question)).cache).toBe('hit');
    time += 2_000;
    expect((await router.query(question)).cache).toBe('miss');
  });

  it.skipIf(process.platform === 'win32')('keeps its file and folders for this user alone', async () => {
    const { router, config } = await start();
    await router.query(question);
    expect(config.cache.path).toBe(join(root, 'home', 'cache', 'answers.sqlite'));
    const modes = [config.cache.path, join(root, 'home', 'cache'), join(root, 'home')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o700, 0o700]);
  });

  it('brings what was used most back into memory after a restart', async () => {
    const before = await start();
    for (let time = 0; time < 3; time += 1) await before.router.query(question);
    await before.close();
    const entriesInMemory = async ({ cache }: Hotpath) => (await cache?.stats())?.tiers[0]?.entries;
    const after = await start();
    await expect.poll(() => entriesInMemory(after)).toBe(1);
    expect((await after.router.query(question)).cache).toBe('hit');
    expect((await after.cache?.stats())?.tiers.map(({ hits }) => hits)).toEqual([1, 0, 0]);
  });

  it('answers without Redis where it cannot be reached', async () => {
    const hotpath = await start({ cache: { redis: { url: 'redis://127.0.0.1:1' } } });
    const first = await hotpath.router.query(question);
    expect(await hotpath.router.query(question)).toMatchObject({ text: first.text, cache: 'hit' });
    expect((await hotpath.cache?.stats())?.tiers.map(({ name }) => name)).toContain('redis');
  });

  it('can be switched off', async () => {
    const hotpath = await start({ cache: { enabled: false } });
    expect(hotpath.cache).toBeUndefined();
    await hotpath.router.query(question);
    expect((await hotpath.router.query(question)).cache).not.toBe('hit');
  });

  it('becomes memory alone and a warning where its file cannot be opened', async () => {
    writeFileSync(join(root, 'occupied'), 'a file where a folder is needed');
    const hotpath = await start({ cache: { path: 'occupied/answers.sqlite' } });
    const { message } = hotpath.warnings.find(({ code }) => code === 'CACHE_UNAVAILABLE') ?? { message: '' };
    expect(message).toMatch(
      /^The cache file .*occupied.answers\.sqlite cannot be opened \(E(NOTDIR|EXIST)\b[^()]*\): /,
    );
    expect(message).toMatch(
      /answers are kept in memory alone\. Set cache\.path to another file, in a folder that you may/,
    );
    expect(message.match(/cannot be opened|memory alone/g)).toHaveLength(2);
    await hotpath.router.query(question);
    expect((await hotpath.router.query(question)).cache).toBe('hit');
  });

  it('is memory alone as well where the path is a folder', async () => {
    mkdirSync(join(root, 'folder.sqlite'));
    const hotpath = await start({ cache: { path: 'folder.sqlite' } });
    expect(hotpath.warnings).toContainEqual(expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }));
    await hotpath.router.query(question);
    expect((await hotpath.router.query(question)).cache).toBe('hit');
  });
});

describe('where the configuration comes from', () => {
  it('is the file in the working folder', async () => {
    writeFileSync(join(root, 'hotpath.config.yaml'), 'providers: { mine: { type: sim, models: [a, b] } }\n');
    const hotpath = await start();
    expect(hotpath.configFile).toBe(join(root, 'hotpath.config.yaml'));
    expect(hotpath.simulated).toBe(false);
    expect(hotpath.config.defaultModel).toBeUndefined();
    expect((await hotpath.router.models()).models.map(({ id }) => id)).toEqual(['mine/a', 'mine/b']);
  });

  it('is the code where one is given, and no file', async () => {
    writeFileSync(join(root, 'hotpath.config.yaml'), 'this is: [not valid');
    const hotpath = await start({ providers: { own: { type: 'sim' } }, aliases: { quick: 'own/sim-1' } });
    expect(hotpath.configFile).toBeUndefined();
    expect(await hotpath.router.query({ ...question, model: 'quick' })).toMatchObject({ provider: 'own' });
  });

  it('is checked also when given in code', async () => {
    await expect(
      start({ providers: { own: { type: 'openai-compatible', baseUrl: 'nowhere' } } }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [{ path: 'providers.own.baseUrl' }],
    });
  });

  it('adds providers from the environment, unless told not to', async () => {
    const environment = { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: '' };
    const found = await start({ providers: { own: { type: 'sim' } } }, environment);
    expect(found.providers.map(({ id, source }) => [id, source])).toEqual([
      ['openai', 'OPENAI_API_KEY'],
      ['own', 'configuration'],
    ]);
    const alone = await start({ providers: { own: { type: 'sim' } }, detect: { environment: false } }, environment);
    expect(alone.providers.map(({ id }) => id)).toEqual(['own']);
  });

  it('takes HOTPATH_MODEL before the configured default', async () => {
    const config: HotpathConfig = { providers: { own: { type: 'sim', models: ['a', 'b'] } }, defaultModel: 'own/a' };
    expect(await (await start(config)).router.query(question)).toMatchObject({ model: 'a' });
    expect(await (await start(config, { HOTPATH_MODEL: 'own/b' })).router.query(question)).toMatchObject({
      model: 'b',
    });
  });

  it('keeps a gateway from calling itself', async () => {
    const environment = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:4321/v1' };
    const hotpath = await start(undefined, environment, { ownPort: async () => 4321 });
    expect(hotpath.providers[0]).not.toHaveProperty('baseUrl');
    expect(hotpath.warnings).toContainEqual(expect.objectContaining({ code: 'ENVIRONMENT_BASE_URL_OWN' }));
  });
});

describe('a local Ollama', () => {
  it('answers under its own name', async () => {
    const server = createServer((request, response) => {
      const answers: Readonly<Record<string, object>> = {
        '/api/tags': { models: [{ name: 'llama3.2:latest' }] },
        '/v1/chat/completions': {
          id: 'c-1',
          object: 'chat.completion',
          created: 1,
          model: 'llama3.2:latest',
          choices: [
            { index: 0, message: { role: 'assistant', content: 'Hello from the llama.' }, finish_reason: 'stop' },
          ],
        },
      };
      const answer = answers[request.url ?? ''];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const hotpath = await start(undefined, { OLLAMA_HOST: host }, { ollamaTimeoutMs: 10_000 });
      expect(hotpath.simulated).toBe(false);
      expect(await hotpath.router.query({ ...question, model: 'ollama/llama3.2:latest' })).toMatchObject({
        text: 'Hello from the llama.',
        provider: 'ollama',
      });
      const without = await start({ detect: { ollama: false } }, { OLLAMA_HOST: host }, { ollamaTimeoutMs: 10_000 });
      expect(without.simulated).toBe(true);
      const found = async (...asks: (string | undefined)[]): Promise<boolean> => {
        const config = {
          aliases: { fast: 'openai/m', slow: 'llama3.2' },
          routes: { both: { targets: ['openai/m', 'openai/n'] } },
        };
        const environment = { OLLAMA_HOST: host, OPENAI_API_KEY: 'k', HOTPATH_MODEL: 'fast' };
        await using one = await start(config, environment, { ollamaTimeoutMs: 10_000, asks });
        return one.providers.some(({ id }) => id === 'ollama');
      };
      for (const asks of [['openai/m'], [undefined], ['fast', 'both']]) expect(await found(...asks)).toBe(false);
      for (const asks of [['openai/m', 'm'], ['slow'], ['hf.co/a/b']]) expect(await found(...asks)).toBe(true);
      await hotpath.close();
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the list of models', () => {
  it('names the providers that fail or stay silent, and lists the others', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = silent.address() as AddressInfo;
      const compatible = (at: number) => ({ type: 'openai-compatible', baseUrl: `http://127.0.0.1:${at}/v1` }) as const;
      const providers = { silent: compatible(port), gone: compatible(1), own: { type: 'sim' } } as const;
      const hotpath = await start({ providers }, {}, { listTimeoutMs: 50 });
      const { models, failures } = await hotpath.router.models();
      expect(models.map(({ id }) => id)).toEqual(['own/sim-1']);
      expect(failures.map(({ provider }) => provider)).toEqual(['silent', 'gone']);
      expect(failures[0]?.error).toMatchObject({
        code: 'ROUTER_UPSTREAM_TIMEOUT',
        message: 'the list took longer than 50 ms. Try again, or name the models in providers.silent.models.',
      });
    } finally {
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

describe('closing', () => {
  it('may happen twice and ends the router', async () => {
    const hotpath = await start();
    await Promise.all([hotpath.close(), hotpath.close()]);
    await hotpath[Symbol.asyncDispose]();
    await expect(hotpath.router.query(question)).rejects.toMatchObject({ code: 'ROUTER_CLOSED' });
  });
});
