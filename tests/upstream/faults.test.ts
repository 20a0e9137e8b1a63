import { Agent } from 'node:http';
import { connect } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultNames, startUpstream, type Upstream } from './index.ts';
import { type Ask, askUpstream, endOfSocket } from './support/bare-client.ts';

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

const ask = (fault: string | undefined, options?: Ask) => askUpstream(upstream, fault, options);
const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const eventsOf = (text: string): string[] => text.split(/\r?\n\r?\n/).filter((event) => /^(event|data):/m.test(event));
const tokensOf = (text: string): number => (text.match(/"content":"[^"]|"text_delta"/g) ?? []).length;

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
    expect(await endOfSocket(upstream, name)).toBe('ECONNRESET');
  });

  fault('reset-in-body', async (name) => {
    const whole = await ask(name);
    expect([whole.status, whole.end]).toEqual([200, 'ECONNRESET']);
    expect(whole.text.length).toBeLessThan(Number(whole.headers['content-length']));
    const stream = await ask(`${name}?after=3`, { stream: true });
    expect([tokensOf(stream.text), stream.end]).toEqual([3, 'ECONNRESET']);
    expect(await endOfSocket(upstream, name)).toBe('ECONNRESET');
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
    expect(await endOfSocket(upstream, name)).toBe('FIN');
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
