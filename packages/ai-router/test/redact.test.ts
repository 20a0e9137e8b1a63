import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterEach, describe, expect, it } from 'vitest';
import { channels } from '../src/events.ts';
import type { Exchange } from '../src/exchange.ts';
import { aiSdk } from '../src/providers/ai-sdk.ts';
import { anthropic } from '../src/providers/anthropic.ts';
import type { HttpProviderOptions } from '../src/providers/http.ts';
import { openai } from '../src/providers/openai.ts';
import { createRedact, redactBytes } from '../src/redact.ts';
import { createRouter } from '../src/router.ts';
import { turn } from './support/exchanges.ts';
import { serve } from './support/http-server.ts';
import { said, written } from './support/language-models.ts';
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

  it('is a short one only where the text says that it is a key, as it may be any word', () => {
    expect(createRedact(['', 'error', 'GWKEYB-2', ours])('error GWKEYB GWKEYB-2')).toBe('error *** ***');
    const redact = createRedact(['test', 'a.b', 'é-\\/']);
    for (const [said, told] of [
      ['Incorrect API key provided: test. A test of test is', 'Incorrect API key provided: ***. A test of test is'],
      ['{"authorization":"Bearer test"}', '{"authorization":"Bearer ***"}'],
      ['x-api-key: test, api_key="test" token `test`', 'x-api-key: ***, api_key="***" token `***`'],
      ['ACCESS_TOKEN=test&my_api_key=test monkey test', 'ACCESS_TOKEN=***&my_api_key=*** monkey test'],
      ['Bearer testing key test-2 token axb key a.b key é-\\/', 'Bearer testing key test-2 token axb key *** key ***'],
    ] as const)
      expect(redact(said)).toBe(told);
  });

  it('is a short one where the name of a field says so', () => {
    const said = { error: { message: 'no test', api_key: 'test', key: 'a.b.c', headers: [{ authorization: 'test' }] } };
    const told = { error: { message: 'no test', api_key: '***', key: '***.c', headers: [{ authorization: '***' }] } };
    const redact = createRedact(['test', 'a.b']);
    expect(JSON.parse(redactBytes(Buffer.from(JSON.stringify(said)), redact).toString())).toEqual(told);
  });
});

describe('a key that a model of the AI SDK quotes in its error', () => {
  const told = async (error: unknown, { stream = false, apiKeys = [] as readonly string[] } = {}) => {
    const fail = (): never => {
      throw error;
    };
    const parts: LanguageModelV4StreamPart[] = [...said('half').slice(0, 4), { type: 'error', error }];
    const model = stream ? written({ parts }) : written({ generate: fail });
    const router = createRouter({
      providers: [aiSdk({ id: 'p', model: () => model, apiKeys })],
      attempts: { maxAttempts: 1 },
    });
    open.push(router);
    const sink = record();
    const body = { model: 'p/m', stream, messages: [{ role: 'user', content: 'hi' }] };
    router.answer({ protocol: 'openai-chat', body }, sink);
    await sink.done;
    return `${sink.text}${sink.error?.message ?? ''}`;
  };
  const looks = 'AIzaSyA0123456789abcdefghij';
  const plain = 'c0ffee0123456789';

  it.each([
    ['that it answered', { name: 'AI_APICallError', statusCode: 401 }, false],
    ['that is none of its API', {}, false],
    ['in a stream', {}, true],
  ])('is told to no client: an error %s', async (_, more, stream) => {
    const text = await told(Object.assign(new Error(`bad key ${looks} or ${plain}`), more), {
      stream,
      apiKeys: [plain],
    });
    expect(text).toContain('bad key *** or ***');
    expect(text).not.toContain(looks);
    expect(text).not.toContain(plain);
  });

  it('is one that looks so, where none is named', async () => {
    const text = await told(new Error(`bad key ${looks}, Bearer abc.def-123, ask-me-anything`));
    expect(text).toContain('bad key ***, Bearer ***, ask-me-anything');
  });
});
