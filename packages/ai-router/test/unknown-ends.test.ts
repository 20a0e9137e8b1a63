import { describe, expect, it } from 'vitest';
import type { ChatProtocol, JsonObject } from '../src/wire-format.ts';
import { set } from './support/exchanges.ts';
import { completion, events, message, scripted } from './support/scripted-provider.ts';

const strange = 'RECITATION';
const finished = (told: string | null): JsonObject => {
  const { choices, ...rest } = completion('so') as { choices: JsonObject[] } & JsonObject;
  return { ...rest, choices: choices.map((choice) => ({ ...choice, finish_reason: told })) };
};
const asks: Readonly<Record<ChatProtocol, JsonObject>> = {
  'openai-chat': {},
  'openai-responses': { messages: undefined as never, input: 'hi' },
  'anthropic-messages': { max_tokens: 9 },
};
const answer = async (client: ChatProtocol, upstream: ChatProtocol, body: JsonObject) => {
  const { ask, provider, cache } = set({}, scripted('p', upstream));
  const { sink } = await ask(asks[client], { protocol: client });
  provider.last.json(200, body);
  return { said: JSON.parse(sink.text), text: sink.text, kept: cache.entries.size };
};
const stream = async (client: ChatProtocol, ...chunks: string[]) => {
  const { ask, provider, cache } = set();
  const { sink } = await ask({ ...asks[client], stream: true }, { protocol: client });
  provider.last.open();
  provider.last.send(...chunks);
  provider.last.end();
  return { sink, kept: cache.entries.size };
};

describe('an end that nobody can name is never told as a good one', () => {
  it('to Anthropic clients', async () => {
    expect((await answer('anthropic-messages', 'openai-chat', finished(strange))).said.stop_reason).toBe('max_tokens');
  });

  it('to Responses clients', async () => {
    expect((await answer('openai-responses', 'openai-chat', finished(strange))).said).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  it('to chat clients', async () => {
    const paused = { ...message('so'), stop_reason: 'pause_turn' };
    const { said } = await answer('openai-chat', 'anthropic-messages', paused);
    expect(said.choices[0].finish_reason).toBe('length');
  });

  it('as a stream', async () => {
    const told = events('so').map((event) => event.replace('"finish_reason":"stop"', `"finish_reason":"${strange}"`));
    const { sink, kept } = await stream('anthropic-messages', ...told);
    expect(sink.text).toContain('"stop_reason":"max_tokens"');
    expect(kept).toBe(0);
    expect((await stream('openai-responses', ...told)).sink.text).toContain('event: response.incomplete');
  });

  it('but passes as it is where nothing is translated', async () => {
    const { text } = await answer('openai-chat', 'openai-chat', finished(strange));
    expect(text).toBe(JSON.stringify(finished(strange)));
  });
});

describe('a stream that ends as it should, without a word on why', () => {
  const untold = (...chunks: string[]) => chunks.filter((chunk) => !chunk.includes('"finish_reason":"stop"'));

  it('is whole, and not kept', async () => {
    const { sink, kept } = await stream('anthropic-messages', ...untold(...events('so')));
    expect(sink.text).toContain('"stop_reason":"end_turn"');
    expect(sink.summary?.outcome).toBe('complete');
    expect(kept).toBe(0);
  });

  it('has called a tool where it did', async () => {
    const call = { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
    const calls = events('x')
      .filter((event) => !event.includes('"content":"x"'))
      .map((event) => event.replace('"content":""', `"content":null,"tool_calls":[${JSON.stringify(call)}]`));
    const { sink } = await stream('anthropic-messages', ...untold(...calls));
    expect(sink.text).toContain('"stop_reason":"tool_use"');
  });
});
