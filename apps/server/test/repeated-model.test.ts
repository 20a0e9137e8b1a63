import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHotpath } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { repeatsModel } from '../src/repeated-model.ts';
import { startServer } from '../src/start-server.ts';
import { makePlace, sqliteMissing } from './keys/support.ts';

const longest = String.raw`"\u006d\u006f\u0064\u0065\u006c"`;

it.each([
  ['{"model":"a","model":"b"}', true],
  ['{ "model" : "a" , "messages": [], "model"\n:"b"}', true],
  [String.raw`{"model":"a","mod\u0065l":"b"}`, true],
  [`{${longest}:"a",${longest}:"b"}`, true],
  [String.raw`{"x":"\\","model":"a","y":"\"","model":"b"}`, true],
  ['{"x":{"model":1},"model":"a","y":["}",{"model":2}],"model":"b"}', true],
  ['{"model":"a"}', false],
  ['{"model":"model","x":"model"}', false],
  ['{"model":"a","tools":[{"model":1,"model":2}],"x":{"model":3}}', false],
  [String.raw`{"model":"a","x":"\"model\":\u006d"}`, false],
  ['{}', false],
])('tells whether a body names its model twice: %s', (text, repeats) => {
  expect(repeatsModel(Buffer.from(text))).toBe(repeats);
});

describe.skipIf(sqliteMissing)('a body with two models', () => {
  it('reaches a provider with the one that was allowed alone', async () => {
    const place = makePlace();
    const keys = place.open({ now: undefined });
    const sent: string[] = [];
    const upstream = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      sent.push(text);
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"enough"}}');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
    const hotpath = await createHotpath(
      { providers: { mine: { type: 'openai-compatible', baseUrl, models: ['dear', 'cheap'] } } },
      { environment: { HOTPATH_HOME: place.folder, OLLAMA_HOST: '127.0.0.1:1' } },
    );
    const server = await startServer({ hotpath, port: 0, keys });
    const ask = (secret: string, name: string) =>
      fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: `{"model":"dear","model":"${name}","messages":[{"role":"user","content":"hi"}]}`,
      });
    try {
      const { secret } = keys.create({ name: 'ci', models: ['mine/cheap'] });
      for (const name of ['cheap', 'mine/cheap']) await ask(secret, name);
      const poor = keys.create({ name: 'poor', budgets: [{ usd: 5, per: 'day' }] });
      await ask(poor.secret, 'cheap');
      const body = '{"model":"cheap","messages":[{"role":"user","content":"hi"}]}';
      expect(sent).toEqual([body, body, body]);
    } finally {
      await server.close({ graceMs: 0 });
      await hotpath.close();
      keys.close();
      upstream.close();
    }
  });
});
