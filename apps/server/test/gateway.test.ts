import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath, instanceHeader, instanceId } from '@hotpath/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/start-server.ts';

let hotpath: Hotpath;
let server: RunningServer;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  hotpath = await createHotpath(
    {
      providers: { sim: { type: 'sim' }, slow: { type: 'sim', tokensPerSecond: 50, models: ['slow-1'] } },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0, bodyLimitBytes: 100_000 });
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

const question = { model: 'sim/sim-1', messages: [{ role: 'user', content: 'hi' }] };

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** The stages that an answer tells of, without their times. */
const stagesOf = (answer: Response) => answer.headers.get('server-timing')?.replace(/(?<=dur=)\d+\.\d{3}\b/g, 'N');

/** Sends bytes as they are and reads until the server closes. */
const raw = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(server.port, server.host, () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });

describe('an answer', () => {
  it.each(['/v1/chat/completions', '/v1/messages'])('on %s comes whole, then from the cache', async (path) => {
    const body = { ...question, max_tokens: 50 };
    const first = await post(path, body);
    const text = await first.text();
    expect(first.status).toBe(200);
    expect(text).toContain('Simulated by Hotpath');
    expect(first.headers.get('x-hotpath-cache')).toBe('miss');
    expect(first.headers.get('x-hotpath-model')).toBe('sim/sim-1');
    const before = 'parse;dur=N, admit;dur=N, route;dur=N, cache;desc=';
    expect(stagesOf(first)).toBe(`${before}miss;dur=N, upstream;dur=N, total;dur=N`);
    const second = await post(path, body);
    expect(await second.text()).toBe(text);
    expect(second.headers.get('x-hotpath-cache')).toBe('hit');
    expect(stagesOf(second)).toBe(`${before}hit;dur=N, total;dur=N`);
  });

  it('streams, and is replayed as a stream', async () => {
    const body = { ...question, stream: true };
    const first = await post('/v1/chat/completions', body);
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    const text = await first.text();
    expect(text.match(/^data: /gm)?.length).toBeGreaterThan(5);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const second = await post('/v1/chat/completions', body);
    expect(second.headers.get('x-hotpath-cache')).toBe('hit');
    expect(second.headers.get('content-type')).toBe('text/event-stream');
    expect(await second.text()).toBe(text);
  });

  it('is shared by everyone who asks while it is on its way', async () => {
    const body = { ...question, messages: [{ role: 'user', content: 'together' }], model: 'slow/slow-1', stream: true };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/v1/chat/completions', body)));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(texts).size).toBe(1);
    const states = answers.map(({ headers }) => headers.get('x-hotpath-cache')).sort();
    expect(states).toEqual([...Array(7).fill('coalesced'), 'miss']);
  });

  it.each([
    ['no-store', ['bypass', 'bypass']],
    ['no-cache', ['bypass', 'bypass']],
    ['max-age=0', ['bypass', 'bypass']],
    ['max-age=60', ['miss', 'hit']],
  ])('obeys cache-control: %s', async (directive, expected) => {
    const body = { ...question, messages: [{ role: 'user', content: directive }] };
    const states: (string | null)[] = [];
    for (let call = 0; call < 2; call++) {
      const answer = await post('/v1/chat/completions', body, { 'cache-control': directive });
      await answer.text();
      states.push(answer.headers.get('x-hotpath-cache'));
    }
    expect(states).toEqual(expected);
    const plain = await post('/v1/chat/completions', body);
    expect(plain.headers.get('x-hotpath-cache')).toBe(directive === 'no-store' ? 'miss' : 'hit');
  });

  it('is kept apart by keys also where one of two headers is empty or common to all', async () => {
    const body = { ...question, messages: [{ role: 'user', content: 'two headers' }] };
    const states: (string | null)[] = [];
    for (const [key, bearer] of [
      ['', 'alice'],
      ['', 'bob'],
      ['common', 'alice'],
      ['common', 'bob'],
      ['common', 'bob'],
    ]) {
      const answer = await post(
        '/v1/messages',
        { ...body, max_tokens: 5 },
        {
          'x-api-key': key ?? '',
          authorization: `Bearer ${bearer}`,
        },
      );
      await answer.text();
      states.push(answer.headers.get('x-hotpath-cache'));
    }
    expect(states).toEqual(['miss', 'miss', 'miss', 'miss', 'hit']);
  });

  it('survives a model name that no header can carry', async () => {
    for (const model of ['sim/\ud800', `sim/${'é'.repeat(20_000)}`, 'sim/a\r\nset-cookie: b', 'sim/ ']) {
      const answer = await post('/v1/chat/completions', { ...question, model });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('x-hotpath-model')?.length).toBeLessThanOrEqual(256);
      expect(answer.headers.has('set-cookie')).toBe(false);
      await answer.text();
    }
    expect((await post('/v1/chat/completions', question)).status).toBe(200);
  });

  it('is kept apart by API key, however the key is sent', async () => {
    const body = { ...question, messages: [{ role: 'user', content: 'mine' }] };
    const states: (string | null)[] = [];
    for (const headers of [{ authorization: 'Bearer a' }, { authorization: 'Bearer b' }, { 'x-api-key': 'a' }, {}]) {
      const answer = await post('/v1/chat/completions', body, headers as Record<string, string>);
      await answer.text();
      states.push(answer.headers.get('x-hotpath-cache'));
    }
    expect(states).toEqual(['miss', 'miss', 'hit', 'miss']);
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['malformed JSON', '{"model": ', 400, 'SERVER_BODY_INVALID'],
    ['an empty body', '', 400, 'SERVER_BODY_INVALID'],
    ['an array', [], 400, 'SERVER_BODY_INVALID'],
    ['null', 'null', 400, 'SERVER_BODY_INVALID'],
    ['no model', { messages: [] }, 400, 'ROUTER_REQUEST_INVALID'],
    ['an unknown model', { ...question, model: 'nope' }, 404, 'ROUTER_MODEL_UNKNOWN'],
    ['a body too large', { ...question, padding: 'x'.repeat(100_001) }, 413, 'SERVER_BODY_TOO_LARGE'],
  ])('%s gets an error of its protocol', async (_name, body, status, code) => {
    const openai = await post('/v1/chat/completions', body);
    expect(openai.status).toBe(status);
    expect(await openai.json()).toEqual({
      error: expect.objectContaining({ message: expect.stringMatching(/\.$/), type: expect.any(String), code }),
    });
    const anthropic = await post('/v1/messages', body);
    expect(anthropic.status).toBe(status);
    expect(await anthropic.json()).toMatchObject({
      type: 'error',
      error: { message: expect.any(String), type: expect.stringMatching(/^[a-z_]+$/), code },
    });
  });

  it('a body that is not UTF-8', async () => {
    for (const byte of [0xff, 0xfe]) {
      const body = Buffer.concat([
        Buffer.from('{"model":"sim/sim-1","messages":[{"role":"user","content":"'),
        Buffer.from([byte]),
        Buffer.from('"}]}'),
      ]);
      const answer = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_BODY_INVALID' } });
    }
  });

  it('a web page from elsewhere, but not one of this machine', async () => {
    const from = (origin: string) => post('/v1/chat/completions', question, { origin });
    for (const origin of ['http://evil.example:4000', 'null', 'http://127.0.0.1.evil.example']) {
      const answer = await from(origin);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_ORIGIN_REFUSED' } });
    }
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080']) {
      expect((await from(origin)).status).toBe(200);
    }
  });

  it('a request that it sent itself', async () => {
    const answer = await post('/v1/messages', question, { [instanceHeader]: instanceId() });
    expect(answer.status).toBe(508);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { code: 'SERVER_LOOP' } });
    expect((await post('/v1/messages', question, { [instanceHeader]: 'another' })).status).toBe(200);
  });

  it('a request that takes too long to arrive', async () => {
    const impatient = await startServer({ hotpath, port: 0, requestTimeoutMs: 100 });
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(impatient.port, impatient.host, () =>
        socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n'),
      );
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('close', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1.1 408 /);
    expect(text).toContain('SERVER_REQUEST_TIMEOUT');
    await impatient.close();
  });

  it('a path that cannot be read', async () => {
    const answer = await fetch(`${server.url}/v1/models/%zz`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_REQUEST_MALFORMED' } });
  });

  it('a form post, which any web page could make, is refused', async () => {
    const answer = await post('/v1/chat/completions', question, { 'content-type': 'text/plain' });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_CONTENT_TYPE' } });
  });

  it('a wrong method and an unknown path are told apart', async () => {
    const wrong = await fetch(`${server.url}/v1/messages`);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await wrong.json()).toMatchObject({ type: 'error' });
    const unknown = await post('/v1/nothing', {});
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: 'SERVER_NOT_FOUND' } });
  });

  it('headers beyond the limit, and bytes that are no HTTP', async () => {
    const long = await raw(`GET /healthz HTTP/1.1\r\nhost: localhost\r\na: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(long).toMatch(/^HTTP\/1.1 431 /);
    expect(long).toContain('SERVER_HEADERS_TOO_LARGE');
    const garbage = await raw('\x16\x03\x01 hello\r\n\r\n');
    expect(garbage).toMatch(/^HTTP\/1.1 400 /);
    expect(garbage).toContain('SERVER_REQUEST_MALFORMED');
  });

  it('a body shorter than it says does not hang the server or end in a stack trace', async () => {
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(server.port, server.host, () => socket.end(`${head}content-length: 50\r\n\r\n{"a":`));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).not.toContain('    at ');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('the lists and the health', () => {
  it("gives the models in the shape of the client's SDK", async () => {
    const openai = await (await fetch(`${server.url}/v1/models`)).json();
    expect(openai).toMatchObject({ object: 'list', data: [{ id: 'sim/sim-1', object: 'model', owned_by: 'sim' }, {}] });
    const headers = { 'anthropic-version': '2023-06-01' };
    const anthropic = await (await fetch(`${server.url}/v1/models`, { headers })).json();
    expect(anthropic).toMatchObject({ data: [{ type: 'model', id: 'sim/sim-1' }, {}], has_more: false });
    const one = await fetch(`${server.url}/v1/models/sim/sim-1`);
    expect(await one.json()).toMatchObject({ id: 'sim/sim-1', object: 'model' });
    const none = await fetch(`${server.url}/v1/models/nope`);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
    expect((await post('/v1/models/nope', {})).status).toBe(405);
  });

  it("comes by the page to who asks so in Anthropic's way", async () => {
    const page = async (query: string) => {
      const headers = { 'anthropic-version': '2023-06-01' };
      const answer = await fetch(`${server.url}/v1/models${query}`, { headers });
      const { data, ...rest } = JSON.parse(await answer.text());
      return { status: answer.status, ids: data?.map(({ id }: { id: string }) => id), ...rest };
    };
    const [first, second] = ['sim/sim-1', 'slow/slow-1'];
    expect(await page('')).toMatchObject({ ids: [first, second], has_more: false });
    expect(await page('?limit=1')).toEqual({
      status: 200,
      ids: [first],
      has_more: true,
      first_id: first,
      last_id: first,
    });
    expect(await page(`?limit=1&after_id=${first}`)).toMatchObject({ ids: [second], has_more: false });
    expect(await page(`?limit=1&before_id=${second}`)).toMatchObject({ ids: [first], has_more: false });
    expect(await page(`?after_id=${second}`)).toMatchObject({ ids: [], has_more: false, last_id: null });
    for (const wrong of ['?limit=0', '?limit=x', '?limit=1001', '?after_id=nope', '?before_id=nope']) {
      expect(await page(wrong)).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } });
    }
  });

  it('and everything else tells the id of its request', async () => {
    for (const [method, path] of [
      ['GET', '/v1/models'],
      ['GET', '/v1/models/nope'],
      ['GET', '/v1/models/%zz'],
      ['GET', '/v1/chat/completions'],
      ['GET', '/nothing'],
      ['GET', '/metrics'],
      ['GET', '/healthz'],
    ] as const) {
      const answer = await fetch(server.url + path, { method, headers: { 'x-request-id': 'mine' } });
      expect([path, answer.headers.get('x-hotpath-request-id')]).toEqual([path, 'mine']);
      expect((await fetch(server.url + path, { method })).headers.get('x-hotpath-request-id')).toMatch(/^\w{20}$/);
    }
    expect(await raw('NO SUCH THING\r\n\r\n')).toMatch(/^x-hotpath-request-id: \w{20}\r$/m);
  });

  it('answers health and readiness', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ready' });
    const told = await startServer({ hotpath, port: 0, version: '1.2.3' });
    expect(await (await fetch(`${told.url}/healthz`)).json()).toEqual({ status: 'ok', version: '1.2.3' });
    await told.close();
  });
});
