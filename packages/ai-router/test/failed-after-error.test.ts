import { describe, expect, it } from 'vitest';
import { upstreamClosed } from '../src/errors.ts';
import type { Protocol } from '../src/wire-format.ts';
import { set, turn } from './support/exchanges.ts';
import { events, scripted } from './support/scripted-provider.ts';

const response = { id: 'resp_1', object: 'response', model: 'm', status: 'in_progress', output: [] };
const event = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const created = event({ type: 'response.created', sequence_number: 0, response });
const delta = event({
  type: 'response.output_text.delta',
  sequence_number: 1,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: 'Hi',
  logprobs: [],
});
const error = event({ type: 'error', sequence_number: 2, code: 'server_error', message: 'It broke.', param: null });
const failure = { ...response, status: 'failed', error: { code: 'server_error', message: 'It broke.' } };
const failed = event({ type: 'response.failed', sequence_number: 3, response: failure });

/** A stream of Responses on its way to a client that speaks it. */
const begin = async (routes?: Parameters<typeof set>[0]) => {
  const built = set(routes, scripted('p', 'openai-responses'));
  const body = { messages: undefined as never, input: 'hi', stream: true };
  const { sink } = await built.ask(body, { protocol: 'openai-responses' });
  built.provider.last.open();
  built.provider.last.send(created, delta);
  return { sink, provider: built.provider };
};

describe('a response that fails after its error', () => {
  it.each([
    ['each in a chunk of its own', [error, failed]],
    ['cut anywhere', [error.slice(0, 30), error.slice(30) + failed.slice(0, 40), failed.slice(40)]],
    ['both in one', [error + failed]],
  ])('tells its client both: %s', async (_name, chunks) => {
    const { sink, provider } = await begin();
    for (const chunk of chunks) {
      provider.last.send(chunk);
      await turn();
    }
    expect(sink.text).toBe(created + delta + error + failed);
    expect(sink.summary).toMatchObject({ outcome: 'error', error: { code: 'server_error' } });
  });

  it.each([
    ['ends', (call: { end(): void }) => call.end()],
    ['is torn', (call: ReturnType<typeof scripted>['last']) => call.receiver.onError(upstreamClosed('p'))],
  ])('is an error also where the connection %s after it', async (_name, finish) => {
    const { sink, provider } = await begin();
    provider.last.send(error);
    await turn();
    expect(sink.summary).toBeUndefined();
    finish(provider.last);
    expect(sink.text).toBe(created + delta + error);
    expect(sink.summary).toMatchObject({ outcome: 'error', error: { code: 'server_error' } });
    expect(sink.error).toBeUndefined();
  });

  it('is not awaited before anything of the answer is there', async () => {
    const { ask, provider } = set({}, scripted('p', 'openai-responses'));
    const body = { messages: undefined as never, input: 'hi', stream: true };
    const { sink } = await ask(body, { protocol: 'openai-responses' });
    provider.last.open();
    provider.last.send(created, error);
    expect(sink.head?.status).toBe(500);
  });

  it.each<Protocol>(['openai-chat', 'anthropic-messages'])('is one error to a client of %s', async (protocol) => {
    const { ask, provider } = set({}, scripted('p', 'openai-responses'));
    const { sink } = await ask({ stream: true, max_tokens: 9 }, { protocol });
    provider.last.open();
    provider.last.send(created, delta, error);
    await turn();
    provider.last.send(failed);
    expect(sink.text.match(/It broke\./g)).toHaveLength(1);
    expect(sink.summary?.outcome).toBe('error');
  });

  it('tells its client nothing where another goes on', async () => {
    const [one, other] = [scripted('one', 'openai-responses'), scripted('other')];
    const built = set({
      providers: [one, other],
      routes: { r: { targets: ['one/m', { model: 'other/m', continues: 'prefill' }] } },
      attempts: {},
    });
    const body = { model: 'r', messages: undefined as never, input: 'hi', stream: true };
    const { sink } = await built.ask(body, { protocol: 'openai-responses' });
    one.last.open();
    one.last.send(created, delta, error);
    await turn();
    one.last.send(failed);
    await turn();
    other.last.open();
    other.last.send(...events('!'));
    expect(sink.text).not.toContain('It broke.');
    expect(sink.summary?.outcome).toBe('complete');
  });
});
