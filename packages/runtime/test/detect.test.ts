import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { detectFromEnvironment } from '../src/environment.ts';
import { detectOllama } from '../src/ollama.ts';
import { ollamaAddress } from '../src/ollama-address.ts';
import { describeProvider, mergeProviders, warnOfMissingKeys } from '../src/providers.ts';

describe('detectFromEnvironment', () => {
  it('finds the providers that have a key', () => {
    const environment = {
      OPENAI_API_KEY: 'a',
      OPENAI_BASE_URL: 'https://proxy.example/v1',
      ANTHROPIC_API_KEY: ' b ',
      XAI_API_KEY: '',
      XAI_BASE_URL: 'https://x.example',
    };
    expect(detectFromEnvironment(environment)).toMatchObject({
      providers: [
        {
          id: 'openai',
          config: { type: 'openai', apiKey: 'a', baseUrl: 'https://proxy.example/v1' },
          source: 'OPENAI_API_KEY',
        },
        { id: 'anthropic', config: { type: 'anthropic', apiKey: 'b' }, source: 'ANTHROPIC_API_KEY' },
      ],
      warnings: [],
    });
  });

  it('takes the placeholder of hotpath exec for no key', () => {
    const environment = {
      OPENAI_API_KEY: 'sk-hotpath-placeholder',
      OPENAI_BASE_URL: 'http://127.0.0.1:4100/secret/v1',
    };
    expect(detectFromEnvironment(environment)).toMatchObject({ providers: [], warnings: [] });
  });

  it("offers what it has no key for to clients' own keys, at the address that the environment names", () => {
    const environment = {
      ANTHROPIC_API_KEY: 'b',
      OPENAI_BASE_URL: 'https://proxy.example/v1',
      XAI_BASE_URL: 'http://127.0.0.1:4000/v1',
    };
    const { guests, warnings } = detectFromEnvironment(environment, 4000);
    const source = "clients' own keys";
    expect(guests).toEqual([
      { id: 'openai', config: { type: 'openai', baseUrl: 'https://proxy.example/v1' }, source },
      { id: 'xai', config: { type: 'xai' }, source },
    ]);
    expect(warnings).toEqual([]);
  });

  it('leaves out a base URL that is no address, and says so', () => {
    const { providers, warnings } = detectFromEnvironment({ XAI_API_KEY: 'k', XAI_BASE_URL: 'api.x.ai' });
    expect(providers[0]?.config).toEqual({ type: 'xai', apiKey: 'k' });
    expect(warnings).toMatchObject([{ code: 'ENVIRONMENT_BASE_URL_INVALID' }]);
  });

  it.each(['http://127.0.0.1:4000/v1', 'http://localhost:4000', 'http://[::1]:4000/v1'])(
    'leaves out a base URL that is the gateway itself: %s',
    (baseUrl) => {
      const environment = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: baseUrl };
      const { providers, warnings } = detectFromEnvironment(environment, 4000);
      expect(providers[0]?.config).toEqual({ type: 'openai', apiKey: 'k' });
      expect(warnings).toMatchObject([{ code: 'ENVIRONMENT_BASE_URL_OWN' }]);
      expect(detectFromEnvironment(environment, 4001).providers[0]?.config).toMatchObject({ baseUrl });
    },
  );
});

describe('detectOllama', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  });

  const listen = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const answering = (body: string, status = 200) =>
    listen((request, response) => {
      response.writeHead(request.url === '/api/tags' ? status : 404).end(body);
    });

  it('finds one that has models', async () => {
    const host = await answering('{"models":[{"name":"llama3.2:latest"}]}');
    expect(await detectOllama({ environment: { OLLAMA_HOST: host }, timeoutMs: 10_000 })).toEqual({
      providers: [
        {
          id: 'ollama',
          config: { type: 'openai-compatible', baseUrl: `http://${host}/v1` },
          source: `Ollama at http://${host}`,
        },
      ],
      warnings: [],
    });
  });

  it('says that one without models needs some', async () => {
    const host = await answering('{"models":[]}');
    const { providers, warnings } = await detectOllama({ environment: { OLLAMA_HOST: host }, timeoutMs: 10_000 });
    expect(providers).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'OLLAMA_EMPTY', message: expect.stringContaining('ollama pull') }]);
  });

  it.each([
    ['something else', 200, '<html>'],
    ['other JSON', 200, '{"data":[]}'],
    ['an error', 500, '{"models":[{"name":"a"}]}'],
  ])('does not take %s for Ollama', async (_, status, body) => {
    const host = await answering(body, status);
    const { providers, warnings } = await detectOllama({ environment: { OLLAMA_HOST: host }, timeoutMs: 10_000 });
    expect(providers).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'OLLAMA_SILENT' }]);
  });

  it('gives up on one that never answers', async () => {
    const host = await listen(() => {});
    const { warnings } = await detectOllama({ environment: { OLLAMA_HOST: host }, timeoutMs: 20 });
    expect(warnings).toMatchObject([{ code: 'OLLAMA_SILENT', message: expect.stringContaining('within 20 ms') }]);
  });

  it('gives up at once on a closed port and when told to', async () => {
    const host = await answering('{}');
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    const closed = await detectOllama({ environment: { OLLAMA_HOST: host }, timeoutMs: 60_000 });
    expect(closed.warnings).toMatchObject([{ code: 'OLLAMA_SILENT' }]);

    const silent = await listen(() => {});
    const enough = new AbortController();
    const search = detectOllama({ environment: { OLLAMA_HOST: silent }, timeoutMs: 60_000, signal: enough.signal });
    enough.abort();
    expect(await search).toEqual({ providers: [], warnings: [] });
  });

  it.each([
    [undefined, 'http://127.0.0.1:11434'],
    ['', 'http://127.0.0.1:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    [':9000', 'http://127.0.0.1:9000'],
    ['gpu-box', 'http://gpu-box:11434'],
    ['https://ollama.example/base/', 'https://ollama.example/base'],
    ['not a host', undefined],
    ['ftp://x', undefined],
  ])('reads OLLAMA_HOST %j as %j', (host, address) => {
    expect(ollamaAddress(host)).toBe(address);
  });
});

describe('mergeProviders', () => {
  const found = [{ id: 'openai', config: { type: 'openai', apiKey: 'env-key' }, source: 'OPENAI_API_KEY' }] as const;

  it('adds what was found to what is configured', () => {
    expect(mergeProviders({ mine: { type: 'sim' } }, found).map(({ id, source }) => [id, source])).toEqual([
      ['openai', 'OPENAI_API_KEY'],
      ['mine', 'configuration'],
    ]);
  });

  it('lets the configuration win by id', () => {
    expect(mergeProviders({ openai: { type: 'openai', apiKey: 'own' } }, found)).toEqual([
      { id: 'openai', config: { type: 'openai', apiKey: 'own' }, source: 'configuration' },
    ]);
  });

  it('takes the key from the environment where the configuration names neither key nor address', () => {
    expect(mergeProviders({ openai: { type: 'openai', models: ['m'] } }, found)).toEqual([
      {
        id: 'openai',
        config: { type: 'openai', apiKey: 'env-key', models: ['m'] },
        source: 'configuration and OPENAI_API_KEY',
      },
    ]);
  });

  it('never sends a key from the environment to a configured address', () => {
    const configured = { openai: { type: 'openai', baseUrl: 'https://elsewhere.example/v1' } } as const;
    expect(mergeProviders(configured, found)[0]?.config).toEqual(configured.openai);
  });

  it('warns of an API without a key', () => {
    const merged = mergeProviders({ xai: { type: 'xai' }, local: { type: 'openai', baseUrl: 'http://x' } }, []);
    expect(warnOfMissingKeys(merged)).toMatchObject([
      { code: 'PROVIDER_KEY_MISSING', message: expect.stringContaining('XAI_API_KEY') },
    ]);
  });

  it('describes a provider without its secrets', () => {
    const config = { type: 'openai', apiKey: 'sk-1', baseUrl: 'https://me:pass@h/v1', headers: { a: 'sk-2' } } as const;
    const text = JSON.stringify(describeProvider({ id: 'o', config, source: 'configuration' }));
    expect(text).toContain('https://***@h/v1');
    expect(text).not.toMatch(/sk-|pass/);
  });
});
