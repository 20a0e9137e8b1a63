import { afterEach, describe, expect, it } from 'vitest';
import { channels } from '../src/events.ts';
import type { Exchange } from '../src/exchange.ts';
import { anthropic } from '../src/providers/anthropic.ts';
import type { HttpProviderOptions } from '../src/providers/http.ts';
import { openai } from '../src/providers/openai.ts';
import { createRedact, redactBytes } from '../src/redact.ts';
import { createRouter } from '../src/router.ts';
import { turn } from './support/exchanges.ts';
import { serve } from './support/http-server.ts';
import { keys, own } from './support/own-keys.ts';
import { record } from './support/recorder.ts';
import { events, scripted } from './support/scripted-provider.ts';

const ours = 'GWKEYB';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

type Vendor = 'openai' | 'anthropic';

/** Makes one request that the provider refuses in words of its own, which are made of the headers it was sent. */
async function refused(
  vendor: Vendor,
  words: (sent: string) => { readonly status: number; readonly body: string },
  {
    protocol = vendor === 'openai' ? 'openai-chat' : 'anthropic-messages',
    stream = false,
    credential,
  }: Partial<Pick<Exchange, 'protocol' | 'credential'> & { readonly stream: boolean }> = {},
  options: HttpProviderOptions = {},
) {
  const server = await serve(({ headers }, response) => {
    const sent = `${headers.authorization ?? headers['x-api-key']}`;
    const { status, body } = words(sent);
    response.writeHead(status, { 'content-type': status === 200 ? 'text/event-stream' : 'application/json' }).end(body);
  });
  const create = vendor === 'openai' ? openai : anthropic;
  const provider = create({
    apiKey: ours,
    baseUrl: `${server.url}/v1?api_key=QUERYKEY`,
    passThroughKeys: true,
    ...options,
  });
  const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 } });
  open.push(router, server);
  const sink = record();
  const told: unknown[] = [];
  const listen = (event: unknown) => told.push(event);
  channels.attemptEnd.subscribe(listen);
  try {
    const body = { model: 'm', stream, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
    router.answer({ protocol, body, ...(credential && { credential }) }, sink);
    await sink.done;
  } finally {
    channels.attemptEnd.unsubscribe(listen);
  }
  const inEvents = JSON.stringify(told, (_, value) =>
    value instanceof Error ? { ...value, message: value.message } : value,
  );
  return { text: sink.text, status: sink.head?.status, inEvents: inEvents + String(sink.error?.message) };
}

const json = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) });
const quoted = (sent: string) => json(401, { type: 'error', error: { type: 'auth', message: `bad key ${sent}` } });

describe('a key that a provider quotes in its error', () => {
  it.each<[string, Vendor, Exchange['protocol'], boolean]>([
    ['chat completions', 'openai', 'openai-chat', false],
    ['a stream of chat completions', 'openai', 'openai-chat', true],
    ['messages', 'anthropic', 'anthropic-messages', false],
    ['a stream of messages', 'anthropic', 'anthropic-messages', true],
    ['messages by chat completions', 'openai', 'anthropic-messages', false],
    ['chat completions by messages', 'anthropic', 'openai-chat', true],
  ])('is told to no client of %s', async (_, vendor, protocol, stream) => {
    for (const [key, credential] of [[ours, undefined] as const, [keys.opaque, own(keys.opaque)] as const]) {
      const { text, status, inEvents } = await refused(vendor, quoted, {
        protocol,
        stream,
        ...(credential && { credential }),
      });
      expect(status).toBe(401);
      expect(text).toContain('bad key');
      expect(text).toContain('***');
      for (const said of [text, inEvents]) expect(said).not.toContain(key);
    }
  });

  it.each<[string, Vendor, (sent: string) => string]>([
    ['chat completions', 'openai', (sent) => `data: ${JSON.stringify({ error: { message: `bad key ${sent}` } })}\n\n`],
    [
      'messages',
      'anthropic',
      (sent) =>
        `event: error\r\ndata: ${JSON.stringify({ type: 'error', error: { type: 'api_error', message: `bad key ${sent}` } })}\r\n\r\n`,
    ],
  ])('is told to no client in a stream of %s', async (_, vendor, body) => {
    for (const protocol of ['openai-chat', 'anthropic-messages'] as const) {
      const { text, inEvents } = await refused(vendor, (sent) => ({ status: 200, body: body(sent) }), {
        protocol,
        stream: true,
      });
      expect(inEvents).toContain('bad key');
      expect(text + inEvents).toContain('***');
      for (const said of [text, inEvents]) expect(said).not.toContain(ours);
    }
  });

  it.each(['openai-chat', 'anthropic-messages'] as const)(
    'is told to no client of a stream (%s) that had begun',
    async (protocol) => {
      const provider = Object.assign(scripted(), { redact: createRedact([ours]) });
      const sink = record();
      const body = { model: 'm', stream: true, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
      createRouter({ providers: [provider] }).answer({ protocol, body }, sink);
      await turn();
      provider.last.open();
      provider.last.send(...events('half').slice(0, 2), `data: {"error":{"message":"bad key ${ours}"}}\n\n`);
      await sink.done;
      expect(sink.text).toContain('half');
      expect(sink.text).toContain('bad key ***');
      expect(sink.text).not.toContain(ours);
    },
  );

  it('is found in words that are not JSON, with escapes, and beside its scheme', async () => {
    const page = await refused('openai', (sent) => ({ status: 403, body: `${sent} may not` }));
    expect(page.text).toContain('may not');
    expect(page.text).not.toContain(ours);
    const escaped = ours.replace('K', '\\u004b');
    const { text } = await refused('openai', () => ({
      status: 401,
      body: `{"error":{"message":"bad","headers":{"Bearer ${escaped}":["${escaped}"]}}}`,
    }));
    expect(JSON.parse(text)).toEqual({ error: { message: 'bad', headers: { 'Bearer ***': ['***'] } } });
  });

  it('is one in a header or in the address as well', async () => {
    const words = () => json(400, { error: { message: 'Basic c2VjcmV0LW9m and c2VjcmV0LW9m, QUERYKEY, team-blue' } });
    const headers = { 'proxy-authorization': 'Basic c2VjcmV0LW9m', 'x-team': 'team-blue' };
    expect((await refused('openai', words, {}, { headers })).text).toContain('*** and ***, ***, team-blue');
  });

  it('changes no byte of an error without one', async () => {
    const body = '{ "error": {"message": "n\\u006f", "number": 12345678901234567890, "type":"t"} }';
    expect((await refused('openai', () => ({ status: 400, body }))).text).toBe(body);
    const bytes = Buffer.from('data: {"a": 1.0}\r\n\r\n: é');
    expect(redactBytes(bytes, createRedact([ours]))).toBe(bytes);
  });

  it('is in no failure to list the models', async () => {
    const server = await serve(({ headers }, response) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: `bad key ${headers.authorization}` } })),
    );
    const provider = openai({ apiKey: ours, baseUrl: `${server.url}/v1` });
    open.push(provider, server);
    const message = await provider.models().catch((error: Error) => error.message);
    expect(message).toContain('bad key Bearer ***');
  });

  it('is no short one, which may be any word', () => {
    expect(createRedact(['', 'error', 'GWKEYB-2', ours])('error GWKEYB GWKEYB-2')).toBe('error *** ***');
  });
});
