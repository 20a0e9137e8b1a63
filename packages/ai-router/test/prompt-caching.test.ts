import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/wire-format.ts';
import { set } from './support/exchanges.ts';
import { message, type ScriptedProvider, scripted } from './support/scripted-provider.ts';

const long = 'Answer as the handbook says, chapter by chapter. '.repeat(400);
const body = (question: string): JsonObject => ({
  model: 'claude-sonnet-4-6',
  max_tokens: 9,
  system: [{ type: 'text', text: long }],
  messages: [{ role: 'user', content: question }],
});
const counted = (usage: JsonObject): JsonObject => ({ ...message('ok'), usage });

describe('prompt caching', () => {
  const start = (promptCache: 'off' | 'safe' | 'aggressive') => {
    const provider = scripted('anthropic', 'anthropic-messages', ['claude-sonnet-4-6']);
    const router = set({ promptCache }, provider);
    const ask = (question: string) => router.ask(body(question), { protocol: 'anthropic-messages' });
    return { ...router, provider, ask };
  };

  it('off leaves every byte as it is', async () => {
    const { ask, provider } = start('off');
    const { raw } = await ask('one');
    expect(provider.last.text).toBe(raw.toString());
  });

  it('marks a prefix that comes again, and books what that saves', async () => {
    const { ask, provider, router } = start('aggressive');
    await ask('one');
    const sent = JSON.parse(provider.last.text) as { system: JsonObject[]; messages: unknown };
    expect(sent.system[0]?.cache_control).toEqual({ type: 'ephemeral' });
    expect(sent.messages).toEqual(body('one').messages);
    provider.last.json(200, counted({ input_tokens: 10, output_tokens: 2, cache_creation_input_tokens: 5_000 }));
    await ask('two');
    provider.last.json(200, counted({ input_tokens: 10, output_tokens: 2, cache_read_input_tokens: 5_000 }));
    const { total } = router.savings();
    expect(total.requests).toBe(2);
    expect(total.saved.promptCache).toBeGreaterThan(0);
  });

  it('leaves alone who marks their own', async () => {
    const { provider, ...rest } = start('aggressive');
    const own = { ...body('one'), system: [{ type: 'text', text: long, cache_control: { type: 'ephemeral' } }] };
    const { raw } = await rest
      .ask('ignored')
      .then(() => set({ promptCache: 'aggressive' }, provider).ask(own, { protocol: 'anthropic-messages' }));
    expect(provider.last.text).toBe(raw.toString());
  });
});

describe('what marks cost', () => {
  const opening = (usage: JsonObject): string[] =>
    [
      { type: 'message_start', message: { ...message(''), content: [], stop_reason: null, usage } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'O' } },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

  /** Asks with prompts that never come again, and counts the calls that were marked. */
  const marked = async (promptCache: 'safe' | 'aggressive', answer: (provider: ScriptedProvider) => void) => {
    const provider = scripted('anthropic', 'anthropic-messages', ['claude-sonnet-4-6']);
    const { ask } = set({ promptCache, attempts: { maxAttempts: 1 } }, provider);
    for (let index = 0; index < 60; index++) {
      const system = `${index} ${'Answer as the handbook says. '.repeat(3_000)}`;
      const full = { ...body('one'), stream: true, system };
      await ask(full, { protocol: 'anthropic-messages' });
      answer(provider);
      await new Promise(setImmediate);
    }
    return provider.calls.filter(({ text }) => text.includes('cache_control')).length;
  };

  it('is what was written for answers that broke off, which the stake must bear too', async () => {
    const usage = { input_tokens: 10, output_tokens: 1, cache_creation_input_tokens: 25_000 };
    const calls = await marked('aggressive', ({ last }) => {
      last.open();
      last.send(...opening(usage));
      last.end();
    });
    expect(calls).toBeGreaterThan(30);
    expect(calls * 25_000 * 0.25).toBeLessThanOrEqual(250_000);
  });

  it('is what was written for answers that failed before their first piece', async () => {
    const usage = { input_tokens: 10, output_tokens: 1, cache_creation_input_tokens: 25_000 };
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Busy.' } };
    const calls = await marked('aggressive', ({ last }) => {
      last.open();
      last.send(opening(usage)[0] as string, `event: error\ndata: ${JSON.stringify(overloaded)}\n\n`);
      last.end();
    });
    expect(calls * 25_000 * 0.25).toBeLessThanOrEqual(250_000);
  });

  it('may be all that was set aside where the provider told nothing', async () => {
    const calls = await marked('aggressive', ({ last }) => {
      last.open();
      last.end();
    });
    expect(calls).toBeGreaterThan(30);
    expect(calls).toBeLessThan(60);
  });

  it('is nothing where the provider refused the request', async () => {
    const error = { type: 'error', error: { type: 'invalid_request_error', message: 'No.' } };
    expect(await marked('aggressive', ({ last }) => last.json(400, error))).toBe(60);
  });
});

describe('savings', () => {
  it('tell cached and shared answers apart from paid ones', async () => {
    const { ask, provider, router } = set({ prices: { version: '1', models: { m: { input: 1_000_000, output: 0 } } } });
    await Promise.all([ask(), ask(), ask()]);
    provider.last.json(200, {
      id: 'c',
      object: 'chat.completion',
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    });
    await ask();
    const { total } = router.savings();
    expect(total).toMatchObject({ requests: 4, paidDollars: 3, saved: { cache: 3, coalescing: 6 } });
  });
});
