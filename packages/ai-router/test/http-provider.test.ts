import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { RouterError } from '../src/errors.ts';
import { defaultTimeouts, type Provider, type Timeouts } from '../src/provider.ts';
import { anthropic } from '../src/providers/anthropic.ts';
import { openai } from '../src/providers/openai.ts';
import { openaiCompatible } from '../src/providers/openai-compatible.ts';
import { xai } from '../src/providers/xai.ts';
import { createRouter } from '../src/router.ts';
import { testProvider } from '../src/testing/provider.ts';
import type { Protocol } from '../src/wire-format.ts';
import { serve, type TestServer } from './support/http-server.ts';
import { completion, events, message } from './support/scripted-provider.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(answer: Parameters<typeof serve>[0]): Promise<TestServer> {
  const server = await serve(answer);
  open.push(server);
  return server;
}

const local = (server: TestServer): Provider => {
  const provider = openaiCompatible({ id: 'local', baseUrl: `${server.url}/v1`, apiKey: 'k' });
  open.push(provider);
  return provider;
};

interface Outcome {
  status: number;
  text: string;
  error: RouterError | undefined;
}

/** Makes one call; `onChunk` may act on the running one. */
function call(
  provider: Provider,
  {
    stream = false,
    timeouts = {} as Partial<Timeouts>,
    headers = {},
    onChunk = (_abort: () => void) => {},
    protocol = provider.protocols[0] ?? ('openai-chat' as Protocol),
  } = {},
) {
  const outcome: Outcome = { status: 0, text: '', error: undefined };
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const control = provider.send(
    {
      protocol,
      body: '{"model":"m"}',
      stream,
      headers,
      timeouts: { ...defaultTimeouts, ...timeouts },
    },
    {
      onHead: (status) => {
        outcome.status = status;
      },
      onData: (chunk) => {
        outcome.text += chunk.toString();
        onChunk(control.abort);
      },
      onEnd: () => resolve(outcome),
      onError: (error) => {
        outcome.error = error;
        resolve(outcome);
      },
    },
  );
  return { control, outcome, done: promise };
}

describe('the trace of a request', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const told = async (options: { readonly forwardTrace?: boolean }) => {
    const server = await start((_request, response) => response.end(JSON.stringify(completion('hi'))));
    const router = createRouter({
      providers: [openaiCompatible({ id: 'local', baseUrl: `${server.url}/v1`, models: ['m'], ...options })],
    });
    open.push(router);
    const answered = Promise.withResolvers<void>();
    router.answer(
      { protocol: 'openai-chat', body: { model: 'm', messages: [{ role: 'user', content: 'hi' }] }, traceparent },
      {
        whole: () => answered.resolve(),
        start() {},
        data: () => true,
        end: () => answered.resolve(),
        fail: answered.reject,
      },
    );
    await answered.promise;
    return server.requests[0]?.request.headers.traceparent;
  };

  it('goes to providers that are to have it, and to no others', async () => {
    expect(await told({ forwardTrace: true })).toBe(traceparent);
    expect(await told({})).toBeUndefined();
  });
});

describe('an HTTP provider', () => {
  it.each([
    ['openai', (url: string) => openai({ apiKey: 'k', baseUrl: `${url}/v1` }), { authorization: 'Bearer k' }],
    ['xai', (url: string) => xai({ apiKey: 'k', baseUrl: `${url}/v1/` }), { authorization: 'Bearer k' }],
    [
      'anthropic',
      (url: string) => anthropic({ apiKey: 'k', baseUrl: url }),
      { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
    ],
  ])('%s asks where and how its API expects', async (id, create, headers) => {
    const server = await start((_request, response) => response.end('{}'));
    const provider = create(server.url);
    open.push(provider);
    expect(provider.id).toBe(id);
    expect((await call(provider).done).text).toBe('{}');
    const [seen] = server.requests;
    expect(seen?.request.url).toBe(id === 'anthropic' ? '/v1/messages' : '/v1/chat/completions');
    expect(seen?.request.headers).toMatchObject({ ...headers, 'content-type': 'application/json' });
    expect(seen?.body).toBe('{"model":"m"}');
  });

  it('asks OpenAI in each of its protocols on its own path, chat completions first', async () => {
    const server = await start((_request, response) => response.end('{}'));
    const provider = openai({ apiKey: 'k', baseUrl: `${server.url}/v1?a=b` });
    open.push(provider);
    expect(provider.protocols).toEqual(['openai-chat', 'openai-responses', 'openai-embeddings']);
    for (const protocol of provider.protocols) await call(provider, { protocol }).done;
    expect(server.requests.map(({ request }) => request.url)).toEqual([
      '/v1/chat/completions?a=b',
      '/v1/responses?a=b',
      '/v1/embeddings?a=b',
    ]);
  });

  it("takes Anthropic's address with and without /v1, and a client's own version header", async () => {
    const server = await start((_request, response) => response.end('{}'));
    const provider = anthropic({ apiKey: 'k', baseUrl: `${server.url}/v1/` });
    open.push(provider);
    await call(provider, { headers: { 'anthropic-version': '2099-01-01' } }).done;
    expect(server.requests[0]?.request.url).toBe('/v1/messages');
    expect(server.requests[0]?.request.headers['anthropic-version']).toBe('2099-01-01');
    await call(provider, { protocol: 'anthropic-count-tokens' }).done;
    expect(server.requests[1]?.request.url).toBe('/v1/messages/count_tokens');
  });

  it("sends each header once: the configured one, else the client's, else the default", async () => {
    const server = await start((_request, response) => response.end('{}'));
    const headers = { 'Anthropic-Version': '2030-01-01', 'X-Team': 'core' };
    const provider = anthropic({ apiKey: 'k', baseUrl: server.url, headers });
    open.push(provider);
    await call(provider, { headers: { 'anthropic-version': '2020-01-01', 'anthropic-beta': 'b' } }).done;
    const { rawHeaders } = server.requests[0]?.request ?? { rawHeaders: [] };
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(server.requests[0]?.request.headers).toMatchObject({
      'anthropic-version': '2030-01-01',
      'anthropic-beta': 'b',
      'x-team': 'core',
    });
  });

  it('keeps the query of its address', async () => {
    const server = await start((_request, response) => response.end('{"data":[]}'));
    const provider = openaiCompatible({ id: 'azure', baseUrl: `${server.url}/v1/?api-version=3` });
    open.push(provider);
    await call(provider).done;
    await provider.models();
    expect(server.requests.map(({ request }) => request.url)).toEqual([
      '/v1/chat/completions?api-version=3',
      '/v1/models?api-version=3',
    ]);
  });

  it.each([
    ['a key', { apiKey: 'sk-abc…' }],
    ['a value', { headers: { 'x-team': 'Zürich → Bern' } }],
    ['a value of two lines', { headers: { 'x-team': 'a\nb' } }],
    ['a name', { headers: { 'x team': 'a' } }],
  ])('refuses %s that no header can carry', (_name, options) => {
    expect(() => openai(options)).toThrow(/cannot be sent the header/);
  });

  it("reports a client's header that cannot be sent, and answers the next", async () => {
    const provider = local(await start((_request, response) => response.end('{}')));
    expect((await call(provider, { headers: { 'openai-beta': 'a\nb' } }).done).error?.code).toBe(
      'ROUTER_UPSTREAM_UNREACHABLE',
    );
    expect((await call(provider).done).text).toBe('{}');
  });

  it('stands for another scope at another address, and for the same with another key', () => {
    const at = (baseUrl: string, apiKey = 'a', headers = {}) => openai({ baseUrl, apiKey, headers }).scope;
    expect(at('http://a/v1')).toBe(at('http://a/v1/', 'b'));
    expect(at('http://a/v1')).not.toBe(at('http://b/v1'));
    expect(at('http://a/v1')).not.toBe(at('http://a/v1', 'a', { 'openai-organization': 'o' }));
  });

  it.each(['ftp://host', 'host/v1', ''])('refuses the address "%s"', (baseUrl) => {
    expect(() => openaiCompatible({ id: 'x', baseUrl })).toThrow(/base URL/);
  });

  it.each<[string, Parameters<typeof serve>[0], string]>([
    ['is reset before its head', (request) => request.socket.resetAndDestroy(), 'ROUTER_UPSTREAM_UNREACHABLE'],
    ['closes without an answer', (request) => request.socket.destroy(), 'ROUTER_UPSTREAM_UNREACHABLE'],
    [
      'is reset within its body',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"half":', () => request.socket.resetAndDestroy());
      },
      'ROUTER_UPSTREAM_CUT',
    ],
    [
      'says it is longer than it is',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{}', () => response.socket?.end());
      },
      'ROUTER_UPSTREAM_CUT',
    ],
    ['is no HTTP at all', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n'), 'ROUTER_UPSTREAM_UNREACHABLE'],
  ])('reports an answer that %s', async (_name, answer, code) => {
    const provider = local(await start(answer));
    const { error } = await call(provider).done;
    expect(error).toMatchObject({ code, provider: 'local', isRetryable: true, status: 502 });
  });

  it('reports a server that is not there', async () => {
    const server = await serve(() => {});
    const provider = local(server);
    await server.close();
    const { error } = await call(provider).done;
    expect(error).toMatchObject({ code: 'ROUTER_UPSTREAM_UNREACHABLE' });
    expect(error?.message).toContain('ECONNREFUSED');
  });

  it.each<[string, boolean, Partial<Timeouts>, Parameters<typeof serve>[0]]>([
    ['first-token', true, { firstTokenMs: 30 }, () => {}],
    ['total', false, { totalMs: 30 }, () => {}],
    ['idle', true, { idleMs: 30 }, (_request, response) => response.write('data: 1\n\n')],
  ])('gives up when the %s limit is over, and closes the connection', async (phase, stream, timeouts, answer) => {
    const closed = Promise.withResolvers<void>();
    const server = await start((request, response, body) => {
      request.socket.once('close', () => closed.resolve());
      answer(request, response, body);
    });
    const { error } = await call(local(server), { stream, timeouts }).done;
    expect(error).toMatchObject({ code: 'ROUTER_UPSTREAM_TIMEOUT', phase, status: 504 });
    await closed.promise;
  });

  it('cancels at the server when it is aborted, before and during the answer', async () => {
    let arrived = 0;
    const closed = Promise.withResolvers<void>();
    const server = await start((request, response) => {
      arrived++;
      request.socket.once('close', () => closed.resolve());
      response.write('data: 1\n\n');
    });
    const provider = local(server);
    const early = call(provider);
    early.control.abort();
    const late = call(provider, { stream: true, onChunk: (abort) => abort() });
    await closed.promise;
    expect(arrived).toBe(1);
    expect(early.outcome).toMatchObject({ status: 0, error: undefined });
    expect(late.outcome).toMatchObject({ text: 'data: 1\n\n', error: undefined });
  });

  it.each(['gzip', 'br', 'zstd', 'deflate'])('reads an answer compressed with %s', async (encoding) => {
    const compress = {
      gzip: zlib.gzipSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync,
      deflate: zlib.deflateSync,
    }[encoding] as (text: string) => Buffer;
    const text = JSON.stringify(completion('compressed'));
    const provider = local(
      await start((_request, response) => {
        response.setHeader('content-encoding', encoding);
        response.end(compress(text));
      }),
    );
    expect(await call(provider).done).toMatchObject({ text, error: undefined });
  });

  it('reports a compressed answer that is broken', async () => {
    const provider = local(
      await start((_request, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end('not gzip');
      }),
    );
    expect((await call(provider).done).error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('lists models, or says why not', async () => {
    let status = 200;
    let body = JSON.stringify({ object: 'list', data: [{ id: 'a' }, { id: 'b' }, null, {}] });
    const server = await start((_request, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const provider = local(server);
    expect(await provider.models()).toEqual(['a', 'b']);
    status = 401;
    body = '{"error":{"message":"bad key","type":"authentication_error"}}';
    await expect(provider.models()).rejects.toMatchObject({ status: 401, message: expect.stringContaining('bad key') });
    status = 200;
    for (body of ['<html>', '{}', 'null', '[]']) await expect(provider.models()).rejects.toHaveProperty('code');
  });

  it('fails calls once it is closed', async () => {
    const provider = local(await start((_request, response) => response.end('{}')));
    await provider.close();
    expect((await call(provider).done).error?.code).toBe('ROUTER_UPSTREAM_UNREACHABLE');
  });
});

for (const [name, create] of [
  ['openai', (url: string) => openai({ apiKey: 'k', baseUrl: `${url}/v1` })],
  ['anthropic', (url: string) => anthropic({ apiKey: 'k', baseUrl: url })],
] as const) {
  testProvider(name, {
    model: 'm',
    async create() {
      const server = await serve((request, response, body) => {
        if (request.method === 'GET') return response.end('{"data":[{"id":"m"}]}');
        const { model, stream } = JSON.parse(body);
        const said = answersOf[request.url ?? ''];
        if (model !== 'm' || !said) {
          response.statusCode = 404;
          return response.end('{"error":{"message":"unknown","type":"not_found_error"}}');
        }
        if (!stream) return response.end(JSON.stringify(said.whole));
        response.setHeader('content-type', 'text/event-stream');
        for (const event of said.events) response.write(event);
        return response.end();
      });
      const provider = create(server.url);
      return {
        ...provider,
        async close() {
          await provider.close();
          await server.close().catch(() => {});
        },
      };
    },
  });
}

const named = (data: { readonly type: string }[]): string[] =>
  data.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

const anthropicEvents = [
  { type: 'message_start', message: { ...message(''), content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];

const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output: [{ id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] }],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
};

const responseEvents = [
  { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'hel' },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'lo' },
  { type: 'response.completed', response },
];

/** What the server says on each path, whole and in events. */
const answersOf: Readonly<Record<string, { readonly whole: object; readonly events: readonly string[] }>> = {
  '/v1/chat/completions': { whole: completion('hello'), events: events('hel', 'lo') },
  '/v1/responses': { whole: response, events: named(responseEvents) },
  '/v1/messages': { whole: message('hello'), events: named(anthropicEvents) },
};
