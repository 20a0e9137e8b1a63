import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maskKey } from '../src/providers/describe-access.ts';
import { freshMachine, type Machine, noOllama } from './built.ts';

let machine: Machine;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  machine = freshMachine();
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const api = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};

const json = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const list = { object: 'list', data: ['gpt-4o', 'gpt-4.1-nano', 'text-embedding-3-small'].map((id) => ({ id })) };
const answer = {
  id: '1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'length' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};

const compatible = (addresses: Readonly<Record<string, string>>, more = ''): void =>
  void machine.write(
    'hotpath.config.yaml',
    `detect: { ollama: false }\nproviders:\n${Object.entries(addresses)
      .map(
        ([id, url]) => `  ${id}: { type: openai-compatible, baseUrl: "${url}", apiKey: sk-0123456789-${id}${more} }\n`,
      )
      .join('')}`,
  );

describe('hotpath providers list', () => {
  it('tells where each comes from, and of its key the beginning', async () => {
    const environment = { OPENAI_API_KEY: 'sk-proj-0123456789abcdefghijklmnopqrstuvwxyz' };
    machine.write(
      'hotpath.config.yaml',
      'providers:\n  local: { type: openai-compatible, baseUrl: "http://me:pw@127.0.0.1:1/v1" }\n',
    );
    const { code, stdout, stderr } = await machine.run(['providers', 'list'], { environment });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'PROVIDER  TYPE               KEY       FROM            ADDRESS',
        'openai    openai             sk-proj…  OPENAI_API_KEY  https://api.openai.com/v1',
        'local     openai-compatible  -         configuration   http://***@127.0.0.1:1/v1',
        '',
      ].join('\n'),
    );
    const asJson = await machine.run(['providers', 'list', '--json'], { environment });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      providers: [
        { id: 'openai', key: 'sk-proj…' },
        { id: 'local', key: null, source: 'configuration' },
      ],
      simulated: false,
      warnings: [noOllama],
    });
    expect(stdout + stderr + asJson.stdout + asJson.stderr).not.toMatch(/012345|pw@/);
  });

  it('shows little of a short key', () => {
    expect(['a', 'abcd', 'abcdefgh', 'x'.repeat(100)].map(maskKey)).toEqual(['…', 'a…', 'ab…', 'xxxxxxx…']);
  });
});

describe('hotpath providers test', () => {
  it('calls all of them at once and fails where one does', async () => {
    let waiting: (() => void)[] = [];
    // Each answers only when both are asked.
    const both = (reply: () => void): void => {
      waiting.push(reply);
      if (waiting.length === 2) for (const each of waiting) each();
      if (waiting.length === 2) waiting = [];
    };
    const good = await api((_, response) => both(() => json(response, 200, list)));
    const bad = await api((_, response) =>
      both(() => json(response, 401, { error: { message: 'Incorrect API key provided: sk-0123456789-bad.' } })),
    );
    compatible({ good, bad, gone: 'http://127.0.0.1:1/v1' });
    const { code, stdout, stderr } = await machine.run(['providers', 'test']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ok {6}good {2}${good}, key sk-0…, .* ms, 3 models\n`.replace('0…', '.*…')));
    expect(stdout).toMatch(/^failed {2}bad .*\n.*\n {10}Correct the key that begins with sk-.*… \(providers\.bad/m);
    expect(stdout).toMatch(/^failed {2}gone .*\n.*UNREACHABLE.*\n {10}Check the address http:\/\/127/m);
    expect(stdout).not.toContain('0123456789');
    expect(await machine.run(['providers', 'test', 'gone'])).toMatchObject({ code: 1 });
    expect(await machine.run(['providers', 'test', 'goood'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "good"?'),
    });
  });

  it('asks the cheapest model for one token', async () => {
    const asked: unknown[] = [];
    const address = await api(async (request, response) => {
      if (request.method === 'GET') return json(response, 200, list);
      let body = '';
      for await (const chunk of request) body += chunk;
      asked.push(JSON.parse(body));
      json(response, 200, answer);
    });
    compatible({ mine: address });
    expect((await machine.run(['providers', 'test'])).code).toBe(0);
    expect(asked).toEqual([]);
    const { code, stdout } = await machine.run(['providers', 'test', '--ask', '--json']);
    expect(code).toBe(0);
    expect(asked).toMatchObject([{ model: 'gpt-4.1-nano' }]);
    expect(JSON.stringify(asked)).toMatch(/"max_(completion_)?tokens":1\b/);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      providers: [{ id: 'mine', ok: true, models: 3, asked: { model: 'gpt-4.1-nano', latencyMs: expect.any(Number) } }],
    });
  });

  it('does not wait for one that stays silent', async () => {
    compatible({ silent: await api(() => {}) });
    const { code, stdout } = await machine.run(['providers', 'test', '--timeout', '200ms', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).providers[0]).toMatchObject({ ok: false, error: { code: 'ROUTER_UPSTREAM_TIMEOUT' } });
    expect((await machine.run(['providers', 'test', '--timeout', 'soon'])).code).toBe(2);
  });

  it('is content with one that has no list, if its models are named', async () => {
    const address = await api((request, response) =>
      request.method === 'GET' ? json(response, 404, { error: { message: 'no' } }) : json(response, 200, answer),
    );
    compatible({ mine: address });
    expect(await machine.run(['providers', 'test'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('it usually ends in /v1'),
    });
    compatible({ mine: address }, ', models: [a]');
    expect((await machine.run(['providers', 'test', '--ask'])).stdout).toMatch(/^ok .* a answered in /);
  });
});
