import { describe, expect, it } from 'vitest';
import { set } from './support/exchanges.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';

describe('a stream that was answered whole', () => {
  it('is still a stream to its client, usage included, and is not stored', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ stream: true, stream_options: { include_usage: true } });
    provider.last.json(200, completion('hello'));
    expect(sink.head?.contentType).toMatch(/^text\/event-stream/);
    expect(sink.text).toContain('"content":"hello"');
    expect(sink.text).toContain('"prompt_tokens":3');
    expect(sink.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(cache.entries.size).toBe(0);
  });

  it('carries usage only where the client asked for it', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.json(200, completion('hello'));
    expect(sink.text).not.toContain('prompt_tokens');
  });

  it('is streamed to the client all the same, tool calls and all', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    const calls = [{ id: 'c1', type: 'function', function: { name: 't', arguments: '{}' } }];
    const message = { role: 'assistant', content: null, tool_calls: calls };
    provider.last.json(200, { ...completion(''), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
    expect(sink.head?.contentType).toContain('text/event-stream');
    expect(sink.text).toContain('"tool_calls":[{"index":0,"id":"c1"');
  });

  it('is read as a stream where the provider forgot to say that it is one', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.receiver.onHead(200, {});
    provider.last.send(...events('a'));
    expect(sink.summary?.outcome).toBe('complete');
    const shouting = set();
    const second = await shouting.ask({ stream: true });
    shouting.provider.last.receiver.onHead(200, { 'content-type': 'Text/Event-Stream' });
    shouting.provider.last.send(...events('a'));
    expect(second.sink.summary?.outcome).toBe('complete');
  });
});

describe('a status that is no answer', () => {
  it.each([204, 301, 307])('%s becomes an error of the protocol', async (status) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(status, '');
    expect(sink.head?.status).toBe(502);
    expect(JSON.parse(sink.text).error.message).toContain(String(status));
    expect(cache.entries.size).toBe(0);
  });
});

describe('another protocol', () => {
  const anthropicAsk = { protocol: 'anthropic-messages' } as const;

  it("is translated both ways, and cached in the client's own", async () => {
    const { ask, provider } = set();
    const body = { max_tokens: 10, system: 'Be brief.' };
    const { sink } = await ask(body, { ...anthropicAsk, headers: { 'anthropic-beta': 'x' } });
    expect(JSON.parse(provider.last.text)).toMatchObject({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
    });
    expect(provider.last.headers).toEqual({});
    provider.last.json(200, completion('ok'));
    expect(JSON.parse(sink.text)).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'ok' }] });
    expect((await ask(body, { ...anthropicAsk, headers: { 'anthropic-beta': 'x' } })).sink.head?.cache).toBe('hit');
  });

  it('is translated as a stream', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, anthropicAsk);
    provider.last.open();
    provider.last.send(...events('Hel', 'lo'));
    provider.last.end();
    expect(sink.summary?.outcome).toBe('complete');
    expect(sink.text).toContain('event: message_stop');
    expect(sink.text.match(/"text_delta","text":"(\w+)"/g)).toHaveLength(2);
  });

  it('gets a cut as an error, never as an end', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, anthropicAsk);
    provider.last.open();
    provider.last.send(...events('Hel', 'lo').slice(0, 2));
    provider.last.end();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
    expect(sink.text).not.toContain('message_stop');
    expect(cache.entries.size).toBe(0);
  });

  it("gets a provider's error in its own shape", async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ max_tokens: 10 }, anthropicAsk);
    provider.last.json(429, { error: { message: 'slow down', type: 'rate_limit_error' } });
    expect(sink.head?.status).toBe(429);
    expect(JSON.parse(sink.text)).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: expect.stringContaining('slow down') },
    });
  });

  it('asks for usage in the stream only for its own sake', async () => {
    const { ask, provider } = set({}, scripted('p', 'anthropic-messages'));
    const { sink } = await ask({ max_tokens: 10, stream: true });
    provider.last.open();
    provider.last.send(
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m1","model":"m","usage":{"input_tokens":3,"output_tokens":0}}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    );
    expect(sink.summary).toMatchObject({ outcome: 'complete', usage: { inputTokens: 3, outputTokens: 2 } });
    expect(sink.text).not.toContain('"usage":{');
  });

  it('that cannot carry a field is refused before anyone is asked', async () => {
    const { ask, provider } = set();
    const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
    const { sink } = await ask({ max_tokens: 10, tools }, anthropicAsk);
    expect(sink.error).toMatchObject({ code: 'ROUTER_FIELD_UNSUPPORTED', status: 400, param: 'tools[0].type' });
    expect(provider.calls).toHaveLength(0);
  });
});
