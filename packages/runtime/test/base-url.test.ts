import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderType } from '../src/config.ts';
import { buildProvider } from '../src/providers.ts';

let server: Server;
let origin: string;
let asked: (string | undefined)[];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the base URL', () => {
  it.each<[type: Exclude<ProviderType, 'sim' | 'plugin'>, given: string, called: string]>([
    ['openai', '', '/v1/models'],
    ['openai', '/', '/v1/models'],
    ['openai', '/v1', '/v1/models'],
    ['openai', '/v1/', '/v1/models'],
    ['openai', '/proxy', '/proxy/models'],
    ['xai', '', '/v1/models'],
    ['xai', '/v2', '/v2/models'],
    ['anthropic', '', '/v1/models'],
    ['anthropic', '/v1', '/v1/models'],
    ['anthropic', '/proxy', '/proxy/v1/models'],
    ['openai-compatible', '', '/models'],
    ['openai-compatible', '/v1', '/v1/models'],
  ])('of %s, "http://host%s", is called as %s', async (type, given, called) => {
    const provider = buildProvider('own', { type, baseUrl: `${origin}${given}` });
    await provider.models();
    await provider.close();
    expect(asked.map((url) => url?.split('?')[0])).toEqual([called]);
  });
});
