import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultNames, parseFault, startUpstream, type Upstream } from './index.ts';

let upstream: Upstream;
const agents: Agent[] = [];
const keepAlive = (): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
};

beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.reset());
afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await upstream.close();
});

const openai = () => new OpenAI({ apiKey: 'key', baseURL: upstream.openaiUrl, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: 'key', baseURL: upstream.url, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'Say something.' }];

interface Seen {
  status?: number;
  headers: IncomingHttpHeaders;
  chunks: Buffer[];
  text: string;
  /** How the exchange ended: a clean end, or the socket's error. */
  end: string;
}

interface Ask {
  readonly stream?: boolean;
  readonly protocol?: 'openai' | 'anthropic';
  readonly headers?: Record<string, string>;
  readonly model?: string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Leaves after this many chunks; 0 at the head. */
  readonly leaveAfter?: number;
}

/** Speaks bare HTTP, so that nothing between the test and the wire repairs a fault. */
const ask = (fault: string | undefined, options: Ask = {}): Promise<Seen> =>
  new Promise((resolve) => {
    const { stream = false, protocol = 'openai', model = 'gpt-4o-mini', leaveAfter } = options;
    const seen: Seen = { headers: {}, chunks: [], text: '', end: '' };
    const done = (end: string): void => {
      seen.text = Buffer.concat(seen.chunks).toString();
      resolve(Object.assign(seen, { end: seen.end || end }));
    };
    const body = JSON.stringify({ model, messages, stream, max_tokens: 4096 });
    const request = httpRequest(
      `${upstream.url}${protocol === 'openai' ? '/v1/chat/completions' : '/v1/messages'}`,
      {
        method: 'POST',
        agent: options.agent ?? false,
        ...(options.signal && { signal: options.signal }),
        headers: {
          'content-type': 'application/json',
          ...(protocol === 'openai'
            ? { authorization: 'Bearer key' }
            : { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' }),
          ...(fault !== undefined && { 'x-upstream-fault': fault }),
          ...options.headers,
        },
      },
      (response) => {
        if (response.statusCode !== undefined) seen.status = response.statusCode;
        seen.headers = response.headers;
        if (leaveAfter === 0) request.destroy();
        response.on('data', (chunk: Buffer) => {
          seen.chunks.push(chunk);
          if (seen.chunks.length === leaveAfter) request.destroy();
        });
        response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
        response.on('end', () => done('end'));
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    request.end(body);
  });

/** How the TCP connection ends: `FIN`, or the error's code. An HTTP client reports both alike. */
const endOfSocket = (fault: string): Promise<string> =>
  new Promise((resolve) => {
    const body = JSON.stringify({ model: 'm', messages, stream: true });
    const socket = connect(upstream.port, '127.0.0.1');
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('end', () => resolve('FIN'));
    socket
      .resume()
      .write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: loopback\r\nauthorization: Bearer key\r\nx-upstream-fault: ${fault}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
  });

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const eventsOf = (text: string): string[] => text.split(/\r?\n\r?\n/).filter((event) => /^(event|data):/m.test(event));
const tokensOf = (text: string): number => (text.match(/"content":"[^"]|"text_delta"/g) ?? []).length;

describe('normal answers, read by the official clients', () => {
  test('OpenAI whole and streamed answers carry the same text and usage', async () => {
    const whole = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages });
    const text = whole.choices[0]?.message.content ?? '';
    expect(text).toMatch(/^Answer-[0-9a-f]{8} .*日本語/);
    expect(whole.usage?.completion_tokens).toBe(12);
    expect(whole._request_id).toMatch(/^req_/);

    const stream = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let streamed = '';
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      last = chunk;
    }
    expect(streamed).toBe(text);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toEqual(whole.usage);
    expect(last?.id).toBe(whole.id);
  });

  test('Anthropic whole and streamed answers carry the same text and usage', async () => {
    const whole = await anthropic().messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages });
    const final = await anthropic()
      .messages.stream({ model: 'claude-haiku-4-5', max_tokens: 100, messages })
      .finalMessage();
    expect(whole.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^Answer-/) });
    expect(final.content).toEqual(whole.content);
    expect(final.usage).toEqual(whole.usage);
    expect([whole.stop_reason, final.stop_reason]).toEqual(['end_turn', 'end_turn']);
    expect(whole._request_id).toMatch(/^req_/);
  });

  test('answers differ by conversation and are cut by limits and stop sequences', async () => {
    const create = (extra: object) => openai().chat.completions.create({ model: 'gpt-4o-mini', messages, ...extra });
    const [first, again] = [await create({}), await create({})];
    expect(again).toEqual(first);
    const other = await create({ messages: [{ role: 'user', content: 'Something else.' }] });
    expect(other.choices[0]?.message.content).not.toBe(first.choices[0]?.message.content);
    expect((await create({ max_tokens: 2 })).choices[0]?.finish_reason).toBe('length');
    expect((await create({ stop: ' keep' })).choices[0]?.message.content).toMatch(/ paths$/);
    const stopped = await anthropic().messages.create({
      model: 'c',
      max_tokens: 9,
      messages,
      stop_sequences: [' keep'],
    });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' keep' });
  });

  test('knobs shape the answer', async () => {
    upstream.set({ text: 'Grüße', cachedTokens: 3 });
    const answer = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages });
    expect(answer.choices[0]?.message.content).toBe('Grüße');
    expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(3);
    const message = await anthropic().messages.create({ model: 'c', max_tokens: 9, messages });
    expect(message.usage.cache_read_input_tokens).toBe(3);
    upstream.set({ rejectPrefill: true });
    await expect(
      anthropic().messages.create({
        model: 'c',
        max_tokens: 9,
        messages: [...messages, { role: 'assistant', content: 'I' }],
      }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining('prefill') });
  });

  test('a model goes on from the beginning of a given text, unless it refuses to', async () => {
    upstream.set({ text: 'one two three four', tokens: 4 });
    const beginning = [...messages, { role: 'assistant' as const, content: 'one two' }];
    const more = await anthropic().messages.create({ model: 'c', max_tokens: 9, messages: beginning });
    expect(more.content[0]).toMatchObject({ text: ' three four' });
    expect(more.usage.output_tokens).toBe(3);
    const asked = [...beginning, { role: 'user' as const, content: 'Go on.' }];
    upstream.set({ rejectPrefill: true });
    const told = await openai().chat.completions.create({ model: 'm', messages: asked });
    expect(told.choices[0]?.message.content).toBe(' three four');
    await expect(openai().chat.completions.create({ model: 'm', messages: beginning })).rejects.toThrow(/prefill/);
  });

  test('both model lists', async () => {
    upstream.set({ models: ['one', 'two'] });
    expect((await openai().models.list()).data.map((model) => model.id)).toEqual(['one', 'two']);
    expect((await anthropic().models.list()).data.map((model) => model.id)).toEqual(['one', 'two']);
  });

  test('requests that the services refuse', async () => {
    const bare = async (path: string, init: RequestInit) => {
      const response = await fetch(`${upstream.url}${path}`, init);
      return { status: response.status, body: await response.json() };
    };
    const post = (body: unknown, headers: Record<string, string>) => ({
      method: 'POST',
      body: JSON.stringify(body),
      headers,
    });
    const chat = '/v1/chat/completions';
    expect(await bare(chat, post({ model: 'm', messages }, {}))).toMatchObject({ status: 401 });
    const key = { authorization: 'Bearer key' };
    expect(await bare(chat, post({ model: 'm' }, key))).toMatchObject({
      status: 400,
      body: { error: { param: 'messages' } },
    });
    expect(await bare(chat, { method: 'POST', body: '{', headers: key })).toMatchObject({ status: 400 });
    expect(
      await bare('/v1/messages', post({ model: 'm', max_tokens: 1, messages }, { 'x-api-key': 'key' })),
    ).toMatchObject({
      status: 400,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'anthropic-version: header is required' },
      },
    });
    const version = { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' };
    expect(await bare('/v1/messages', post({ model: 'm', messages }, version))).toMatchObject({
      body: { error: { message: 'max_tokens: Field required' } },
    });
    expect(await bare('/v1/nothing', { headers: key })).toMatchObject({ status: 404 });
    expect(await bare(chat, { headers: key })).toMatchObject({ status: 405 });
  });
});

describe('records', () => {
  test('method, path, headers and the body byte for byte', async () => {
    const body = '{"model":"m",  "messages":[{"role":"user","content":"ä"}]}';
    await fetch(`${upstream.openaiUrl}/chat/completions`, {
      method: 'POST',
      body,
      headers: { authorization: 'Bearer k', 'x-a': 'b' },
    });
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions', aborted: false });
    expect(request?.headers['x-a']).toBe('b');
    expect(request?.body.equals(Buffer.from(body))).toBe(true);
    await upstream.waitFor(({ active }) => active === 0);
    expect(request?.closedAt).toBeGreaterThan(request?.openedAt ?? Number.NaN);
  });

  test('a client that leaves is aborted and no longer active', async () => {
    const leaving = ask('stall-stream?after=1', { stream: true, leaveAfter: 1 });
    await upstream.waitFor(({ active }) => active === 1);
    await leaving;
    await upstream.waitFor(({ active, requests }) => active === 0 && requests[0]?.aborted === true);
  });

  test('waiting in vain says what was seen', async () => {
    await ask(undefined);
    await expect(upstream.waitFor(() => false, { timeoutMs: 1 })).rejects.toThrow(
      /0 open, seen: POST \/v1\/chat\/completions/,
    );
  });
});

describe('ways to ask for a fault', () => {
  test('by model name, by header, and injected a number of times', async () => {
    expect((await ask(undefined, { model: 'fault:server-error' })).status).toBe(500);
    expect((await ask('unavailable')).status).toBe(503);
    upstream.inject('server-error', { times: 2 });
    upstream.inject({ name: 'rate-limit', seconds: 7 }, { times: 1 });
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await ask(undefined)).status);
    expect(statuses).toEqual([500, 500, 429, 200]);
    expect(upstream.requests.map((request) => request.fault)).toEqual([
      'server-error',
      'unavailable',
      'server-error',
      'server-error',
      'rate-limit',
      undefined,
    ]);
  });

  test('the model list fails only when told', async () => {
    upstream.inject('server-error');
    expect((await openai().models.list()).data.length).toBeGreaterThan(0);
    upstream.inject('unavailable', { on: 'models', times: 1 });
    await expect(openai().models.list()).rejects.toMatchObject({ status: 503 });
  });

  test('what was injected can be taken back', async () => {
    upstream.inject('unavailable');
    expect((await ask(undefined)).status).toBe(503);
    upstream.heal();
    expect((await ask(undefined)).status).toBe(200);
    expect(upstream.requests.map(({ usage }) => usage?.outputTokens)).toEqual([undefined, 12]);
  });

  test('unknown faults and parameters say which there are', async () => {
    expect(() => parseFault('explode')).toThrow(/Choose one of: .*cut-stream/);
    expect(() => parseFault('hang?when=now')).toThrow(/"when=now"/);
    const seen = await ask('explode');
    expect([seen.status, seen.text]).toEqual([400, expect.stringContaining('Unknown fault')]);
  });
});

const tested = new Set<string>(['none']);
const fault = (name: string, run: (name: string) => Promise<void>) => {
  tested.add(name);
  test(name, () => run(name));
};

describe('faults', () => {
  const refusals = [
    ['rate-limit', 429, 429, /rate/i],
    ['rate-limit-bare', 429, 429, /rate/i],
    ['server-error', 500, 500, /server/i],
    ['unavailable', 503, 529, /overloaded/i],
    ['unauthorized', 401, 401, /key/],
    ['context-length', 400, 400, /tokens/],
    ['content-filter', 400, 400, /safety|content filtering/],
    ['model-not-found', 404, 404, /gpt-4o-mini/],
  ] as const;
  for (const [name, openaiStatus, anthropicStatus, message] of refusals) {
    fault(name, async () => {
      for (const [protocol, status] of [
        ['openai', openaiStatus],
        ['anthropic', anthropicStatus],
      ] as const) {
        const seen = await ask(name, { protocol, stream: true });
        expect(seen.status).toBe(status);
        expect(JSON.parse(seen.text)).toMatchObject({
          error: { message: expect.stringMatching(message), type: expect.any(String) },
        });
        expect(seen.headers['retry-after']).toBe(name === 'rate-limit' ? '1' : undefined);
      }
    });
  }

  fault('reset-before-head', async (name) => {
    const seen = await ask(name);
    expect(seen).toMatchObject({ chunks: [], end: 'ECONNRESET' });
    expect(seen.status).toBeUndefined();
    expect(upstream.requests[0]?.aborted).toBe(false);
    expect(await endOfSocket(name)).toBe('ECONNRESET');
  });

  fault('reset-in-body', async (name) => {
    const whole = await ask(name);
    expect([whole.status, whole.end]).toEqual([200, 'ECONNRESET']);
    expect(whole.text.length).toBeLessThan(Number(whole.headers['content-length']));
    const stream = await ask(`${name}?after=3`, { stream: true });
    expect([tokensOf(stream.text), stream.end]).toEqual([3, 'ECONNRESET']);
    expect(await endOfSocket(name)).toBe('ECONNRESET');
  });

  fault('hang', async (name) => {
    const client = new AbortController();
    const pending = ask(name, { signal: client.signal });
    await upstream.waitFor(({ requests }) => (requests[0]?.body.length ?? 0) > 0);
    upstream.reset();
    expect(upstream.active).toBe(1);
    client.abort();
    expect((await pending).status).toBeUndefined();
    await upstream.waitFor(({ active }) => active === 0);
  });

  fault('head-only', async (name) => {
    for (const stream of [true, false]) {
      const seen = await ask(name, { stream, leaveAfter: 0 });
      expect([seen.status, seen.text]).toEqual([200, '']);
    }
  });

  fault('endless-head', async (name) => {
    expect(await ask(name)).toMatchObject({ chunks: [], end: 'HPE_HEADER_OVERFLOW' });
    await upstream.waitFor(({ active }) => active === 0);
  });

  fault('slow-first-token', async (name) => {
    const tooLong = `${name}?ms=600000`;
    // Anthropic's opening events come before the wait; of OpenAI's stream, the head alone.
    const message = await ask(tooLong, { stream: true, protocol: 'anthropic', leaveAfter: 3 });
    expect([message.text.includes('message_start'), tokensOf(message.text)]).toEqual([true, 0]);
    const chat = await ask(tooLong, { stream: true, leaveAfter: 0 });
    expect([chat.status, chat.text]).toEqual([200, '']);
    const client = new AbortController();
    const late = ask(`${tooLong}&head=late`, { stream: true, signal: client.signal });
    await upstream.waitFor(({ active, requests }) => active === 1 && requests.length === 3);
    client.abort();
    expect((await late).status).toBeUndefined();
    for (const stream of [true, false]) {
      const seen = await ask(`${name}?ms=1`, { stream });
      expect([seen.text.includes('日本語'), seen.end]).toEqual([true, 'end']);
    }
  });

  fault('cut-stream', async (name) => {
    for (const protocol of ['openai', 'anthropic'] as const) {
      const seen = await ask(`${name}?after=4&of=10`, { stream: true, protocol });
      expect([tokensOf(seen.text), seen.end]).toEqual([4, 'end']);
      expect(seen.text).not.toMatch(/\[DONE\]|message_stop|"finish_reason":"stop"|message_delta/);
    }
  });

  fault('destroy-stream', async (name) => {
    const seen = await ask(`${name}?after=4`, { stream: true });
    expect([tokensOf(seen.text), seen.end]).toEqual([4, 'ECONNRESET']);
    expect((await ask(`${name}?after=4&bytes=9`, { stream: true })).text).toBe(`${seen.text}data: {"i`);
    expect(await endOfSocket(name)).toBe('FIN');
  });

  fault('stall-stream', async (name) => {
    const seen = ask(`${name}?after=2`, { stream: true, leaveAfter: 3 });
    expect(tokensOf((await seen).text)).toBe(2);
    const resumed = await ask(`${name}?after=2&ms=5`, { stream: true });
    expect([tokensOf(resumed.text), resumed.end]).toEqual([12, 'end']);
    expect(resumed.text).toMatch(/\[DONE\]\n\n$/);
  });

  fault('malformed-event', async (name) => {
    for (const protocol of ['openai', 'anthropic'] as const) {
      const seen = await ask(`${name}?after=2`, { stream: true, protocol });
      const broken = eventsOf(seen.text).filter((event) => {
        const data = event.slice(event.indexOf('data: ') + 6);
        try {
          return data !== '[DONE]' && JSON.parse(data) === undefined;
        } catch {
          return true;
        }
      });
      expect(broken).toHaveLength(1);
      expect(seen.text).toMatch(/\[DONE\]\n\n$|message_stop"}\n\n$/);
    }
  });

  fault('missing-done', async (name) => {
    const chat = await ask(name, { stream: true });
    expect(chat.text).toContain('"finish_reason":"stop"');
    expect(chat.text).not.toContain('[DONE]');
    const message = await ask(name, { stream: true, protocol: 'anthropic' });
    expect(message.text).toContain('"stop_reason":"end_turn"');
    expect(message.text).not.toContain('message_stop');
    expect([tokensOf(chat.text), tokensOf(message.text), chat.end]).toEqual([12, 12, 'end']);
    const client = new AbortController();
    const open = ask(`${name}?end=open`, { stream: true, signal: client.signal });
    await upstream.waitFor(({ active }) => active === 1);
    client.abort();
    expect((await open).end).not.toBe('end');
    expect((await ask(`${name}?end=reset`, { stream: true })).end).toBe('ECONNRESET');
  });

  fault('error-event', async (name) => {
    const chat = await openai().chat.completions.create({ model: `fault:${name}?after=2`, messages, stream: true });
    await expect(collect(chat)).rejects.toThrow(/server had an error/);
    const message = anthropic().messages.stream({ model: `fault:${name}?after=2`, max_tokens: 9, messages });
    await expect(message.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' });
  });

  fault('wrong-content-length', async (name) => {
    const seen = await ask(name);
    expect(Number(seen.headers['content-length'])).toBe(Buffer.concat(seen.chunks).length + 10);
    expect(seen.end).toBe('ECONNRESET');
    const short = await ask(`${name}?delta=-10`);
    expect(() => JSON.parse(short.text)).toThrow();
    const whole = await ask(undefined, { stream: true });
    const long = await ask(name, { stream: true });
    expect([long.text, long.end]).toEqual([whole.text, 'ECONNRESET']);
    expect((await ask(`${name}?delta=-100`, { stream: true })).text).toBe(whole.text.slice(0, -100));
  });

  fault('truncated-json', async (name) => {
    const seen = await ask(name);
    expect([seen.status, seen.end]).toEqual([200, 'end']);
    expect(() => JSON.parse(seen.text)).toThrow();
  });

  fault('html-error', async (name) => {
    const seen = await ask(name, { stream: true });
    expect([seen.status, seen.headers['content-type']]).toEqual([502, 'text/html']);
    expect(seen.text).toContain('<h1>502 Bad Gateway</h1>');
  });

  fault('gzip', async (name) => {
    const plain = await ask(undefined);
    const seen = await fetch(`${upstream.openaiUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer key', 'x-upstream-fault': name },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages }),
    });
    expect(seen.headers.get('content-encoding')).toBe('gzip');
    expect(await seen.json()).toEqual(JSON.parse(plain.text));
    const stream = await openai().chat.completions.create({ model: `fault:${name}`, messages, stream: true });
    const text = (await collect(stream)).map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toMatch(/日本語/);
  });

  fault('brotli', async (name) => {
    const plain = await ask(undefined);
    const seen = await fetch(`${upstream.openaiUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer key', 'x-upstream-fault': name },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages }),
    });
    expect(seen.headers.get('content-encoding')).toBe('br');
    expect(await seen.json()).toEqual(JSON.parse(plain.text));
    const stream = await openai().chat.completions.create({ model: `fault:${name}`, messages, stream: true });
    expect((await collect(stream)).length).toBeGreaterThan(12);
  });

  fault('split-characters', async (name) => {
    const plain = await ask(undefined, { stream: true });
    const seen = await ask(name, { stream: true });
    expect(seen.text).toBe(plain.text);
    expect(seen.chunks.some((chunk) => (chunk.at(-1) ?? 0) >= 0xc0)).toBe(true);
  });

  fault('byte-by-byte', async (name) => {
    const plain = await ask(undefined, { stream: true });
    const seen = await ask(name, { stream: true });
    expect(seen.text).toBe(plain.text);
    expect(seen.chunks.every((chunk) => chunk.length === 1)).toBe(true);
  });

  fault('crlf-events', async (name) => {
    const plain = await ask(undefined, { stream: true });
    const seen = await ask(name, { stream: true });
    expect(seen.text).toBe(plain.text.replaceAll('\n', '\r\n'));
  });

  fault('comment-events', async (name) => {
    const plain = await ask(undefined, { stream: true });
    const seen = await ask(name, { stream: true });
    expect(seen.text).toContain(': keep-alive\n\n');
    expect(eventsOf(seen.text)).toEqual(eventsOf(plain.text));
  });

  fault('close-after-answer', async (name) => {
    const before = upstream.connections;
    const seen = await ask(name, { agent: keepAlive() });
    expect([seen.status, seen.end, seen.headers.connection]).toEqual([200, 'end', 'keep-alive']);
    await expect.poll(() => upstream.connections).toBe(before);
  });

  fault('close-on-reuse', async (name) => {
    const agent = keepAlive();
    expect((await ask(name, { agent })).status).toBe(200);
    expect(await ask(undefined, { agent })).toMatchObject({ end: 'ECONNRESET', chunks: [] });
    const [first, second] = upstream.requests;
    expect(second?.connection).toBe(first?.connection);
    expect((await ask(undefined, { agent })).status).toBe(200);
  });

  fault('second-answer', async (name) => {
    const received = await new Promise<string>((resolve) => {
      const body = JSON.stringify({ model: 'm', messages });
      let text = '';
      const socket = connect(upstream.port, '127.0.0.1');
      socket.on('data', (chunk) => {
        text += chunk;
        if (text.includes('nobody’s')) socket.destroy();
      });
      socket.on('close', () => resolve(text));
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: loopback\r\nauthorization: Bearer key\r\nx-upstream-fault: ${name}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  fault('huge-answer', async (name) => {
    const whole = await ask(`${name}?mb=3`);
    expect(Buffer.byteLength(JSON.parse(whole.text).choices[0].message.content)).toBe(3 * 1_048_576);
    const stream = await ask(`${name}?mb=3`, { stream: true });
    expect(Buffer.byteLength(stream.text)).toBeGreaterThan(3 * 1_048_576);
    expect(stream.text).toMatch(/\[DONE\]\n\n$/);
  });

  test('every fault is tested here', () => {
    expect([...tested].sort()).toEqual(Object.keys(faultNames).sort());
  });
});
