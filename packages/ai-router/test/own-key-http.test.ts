import { afterEach, describe, expect, it } from 'vitest';
import type { Credential } from '../src/credential.ts';
import { credentialOf } from '../src/credential.ts';
import { defaultTimeouts, type Provider } from '../src/provider.ts';
import { anthropic } from '../src/providers/anthropic.ts';
import type { HttpProviderOptions } from '../src/providers/http.ts';
import { openai } from '../src/providers/openai.ts';
import { openaiCompatible } from '../src/providers/openai-compatible.ts';
import { serve, type TestServer } from './support/http-server.ts';
import { keys, own } from './support/own-keys.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const start = async (status = 200, body = '{}'): Promise<TestServer> => {
  const server = await serve((_request, response) => response.writeHead(status).end(body));
  open.push(server);
  return server;
};

type Create = (options: HttpProviderOptions) => Provider;

/** Makes one call with a client's key and returns what arrived. */
async function sent(
  create: Create,
  credential: Credential | undefined,
  { path = '/v1', query, ...options }: HttpProviderOptions & { path?: string; query?: string } = {},
  client: Readonly<Record<string, string>> = {},
) {
  const server = await start();
  const provider = create({ ...options, baseUrl: server.url + path });
  open.push(provider);
  await new Promise<void>((resolve, reject) => {
    provider.send(
      {
        protocol: provider.protocols[0] ?? 'openai-chat',
        body: '{}',
        stream: false,
        headers: client,
        timeouts: defaultTimeouts,
        ...(query !== undefined && { query }),
        ...(credential && { credential }),
      },
      { onHead() {}, onData() {}, onEnd: resolve, onError: reject },
    );
  });
  const [seen] = server.requests;
  if (!seen) throw new Error('nothing arrived');
  return seen.request;
}

const local: Create = (options) => openaiCompatible({ ...options, id: 'local', baseUrl: options.baseUrl ?? '' });

describe("a call with a client's own key", () => {
  it("has it in the provider's header, and nothing of the provider's own key", async () => {
    const { headers } = await sent(openai, own(keys.openai), { apiKey: 'sk-of-the-gateway', passThroughKeys: true });
    expect(headers.authorization).toBe(`Bearer ${keys.openai}`);
    expect(JSON.stringify(headers)).not.toContain('sk-of-the-gateway');
  });

  it.each([
    ['a key, whatever header it came in', own(keys.anthropic), { 'x-api-key': keys.anthropic }],
    ['a token', own(keys.anthropicToken), { authorization: `Bearer ${keys.anthropicToken}` }],
    ['an opaque token', own(keys.opaque), { authorization: `Bearer ${keys.opaque}` }],
    ['an opaque key', credentialOf({ 'x-api-key': keys.opaque }), { 'x-api-key': keys.opaque }],
  ])('to Anthropic has %s where Anthropic looks for it', async (_, credential, expected) => {
    const { headers } = await sent(anthropic, credential, { passThroughKeys: true });
    const { authorization, 'x-api-key': apiKey } = headers;
    expect({ ...(authorization && { authorization }), ...(apiKey && { 'x-api-key': apiKey }) }).toEqual(expected);
    expect(headers['anthropic-version']).toBe('2023-06-01');
  });

  it("is a call like any other where the key is the gateway's own", () => {
    const official = openai({ apiKey: keys.openai });
    open.push(official);
    expect([official.takes?.(own(keys.openai)), official.takes?.(own('sk-proj-of-somebody-else'))]).toEqual([
      false,
      true,
    ]);
  });

  it('leaves out what the configuration says of our account, and keeps the rest', async () => {
    const headers = { 'OpenAI-Organization': 'org-ours', 'X-Proxy-Auth': 'ours', Cookie: 'ours', 'x-team': 'blue' };
    const theirs = await sent(
      local,
      own(keys.opaque),
      { headers, passThroughKeys: true },
      { 'openai-organization': 'org-theirs' },
    );
    expect(theirs.headers).toMatchObject({ 'openai-organization': 'org-theirs', 'x-team': 'blue' });
    expect(JSON.stringify(theirs.headers)).not.toContain('ours');
    const ours = await sent(local, undefined, { headers }, { 'openai-organization': 'org-theirs' });
    expect(ours.headers).toMatchObject({ 'openai-organization': 'org-ours', 'x-proxy-auth': 'ours' });
  });

  it('tells what the client says of itself, which no other call does', async () => {
    const agent = { 'user-agent': 'claude-cli/2.1.0 (external, cli)', 'x-app': 'cli' };
    const { headers } = await sent(
      anthropic,
      own(keys.anthropicToken, agent),
      {},
      { 'anthropic-beta': 'oauth-2025-04-20' },
    );
    expect(headers).toMatchObject({ ...agent, 'anthropic-beta': 'oauth-2025-04-20' });
    expect((await sent(anthropic, own(keys.anthropicToken))).headers['user-agent']).toBe('hotpath');
    expect((await sent(anthropic, undefined)).headers['user-agent']).toBe('hotpath');
  });

  it('asks for the list of models with it', async () => {
    const server = await start(200, '{"data":[{"id":"gpt-mine"}]}');
    const provider = openai({ baseUrl: `${server.url}/v1` });
    open.push(provider);
    expect(await provider.models({ credential: own(keys.openai) })).toEqual(['gpt-mine']);
    expect(server.requests[0]?.request.headers.authorization).toBe(`Bearer ${keys.openai}`);
  });

  it('does not repeat it in the error where the list is refused', async () => {
    const server = await start(401, JSON.stringify({ error: { message: `bad key: ${keys.openai}` } }));
    const provider = openai({ baseUrl: `${server.url}/v1` });
    open.push(provider);
    const refused = await provider.models({ credential: own(keys.openai) }).catch((error: Error) => error.message);
    expect(refused).toContain('bad key: ***');
  });
});

describe("the query of a client's address", () => {
  it.each([
    ['/v1', 'beta=true', '/v1/chat/completions?beta=true'],
    ['/v1?api-version=1', 'beta=true', '/v1/chat/completions?api-version=1&beta=true'],
    ['/v1?api-version=1', 'api-version=2&api%2Dversion=3', '/v1/chat/completions?api-version=1'],
    ['/v1', 'a=%0d%0ax-evil:%201&b=é#c', '/v1/chat/completions?a=%0D%0Ax-evil%3A+1&b=%C3%A9%23c'],
    ['/v1', '', '/v1/chat/completions'],
  ])('at %s: %s', async (path, query, expected) => {
    expect((await sent(local, undefined, { path, query })).url).toBe(expected);
  });
});
