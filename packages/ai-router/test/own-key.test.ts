import { describe, expect, it, vi } from 'vitest';
import type { Credential } from '../src/credential.ts';
import { channels } from '../src/events.ts';
import type { Exchange } from '../src/exchange.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import { memory, turn } from './support/exchanges.ts';
import { keys, own, taking } from './support/own-keys.ts';
import { record } from './support/recorder.ts';
import { completion, events, message, type ScriptedProvider, scripted } from './support/scripted-provider.ts';

/** Two vendors and a server of one's own, each with the keys that it takes. */
function vendors(options: Partial<RouterOptions> = {}) {
  const anthropic = taking(scripted('anthropic', 'anthropic-messages', ['claude-x']), 'anthropic');
  const openai = taking(scripted('openai', 'openai-chat', ['gpt-x']), 'openai');
  const local = scripted('local', 'openai-chat', ['qwen']);
  const cache = memory();
  const router = createRouter({ providers: [anthropic, openai, local], cache, ...options });
  const ask = async (
    model: string,
    credential: Credential | undefined,
    more: Partial<Exchange> & { content?: string } = {},
  ) => {
    const sink = record();
    const { content = 'hi', ...rest } = more;
    const body = { model, messages: [{ role: 'user', content }], max_tokens: 9 };
    router.answer({ protocol: 'openai-chat', body, ...(credential && { credential }), ...rest }, sink);
    await turn();
    return sink;
  };
  return { anthropic, openai, local, cache, router, ask };
}

const keysSent = ({ calls }: ScriptedProvider): (string | undefined)[] =>
  calls.map(({ credential }) => credential?.reveal());

/** What is not tried again where it was said. */
const refusal = { type: 'error', error: { type: 'authentication_error', message: 'not you' } };

describe("a client's own key", () => {
  it('goes with the call to a provider that takes it, and with no other', async () => {
    const { ask, anthropic, openai, local } = vendors();
    await ask('anthropic/claude-x', own(keys.anthropic));
    await ask('openai/gpt-x', own(keys.anthropic));
    await ask('local/qwen', own(keys.anthropic));
    await ask('openai/gpt-x', own(keys.openai));
    await ask('anthropic/claude-x', undefined);
    expect(keysSent(anthropic)).toEqual([keys.anthropic, undefined]);
    expect(keysSent(openai)).toEqual([undefined, keys.openai]);
    expect(keysSent(local)).toEqual([undefined]);
  });

  it('does not follow its request to another vendor, by fallback, route, race or continuation', async () => {
    const { ask, anthropic, openai, local } = vendors({
      routes: {
        both: { targets: ['anthropic/claude-x', 'openai/gpt-x'] },
        raced: { targets: ['anthropic/claude-x', 'openai/gpt-x', 'local/qwen'], strategy: 'race' },
        cut: { targets: ['openai/gpt-x', { model: 'local/qwen', continues: 'instructed' }] },
      },
      attempts: { retryShare: 0 },
    });
    const chain = await ask('anthropic/claude-x', own(keys.anthropic), { fallbacks: ['openai/gpt-x', 'local/qwen'] });
    anthropic.last.json(401, refusal);
    await turn();
    openai.last.json(401, { error: { message: 'nor you' } });
    await turn();
    local.last.json(200, completion('from here'));
    expect(chain.head).toMatchObject({ provider: 'local', attempts: 3 });

    await ask('both', own(keys.anthropic), { content: 'route' });
    anthropic.last.json(401, refusal);
    await turn();
    await ask('raced', own(keys.anthropic), { content: 'race' });
    await ask('raced', own(keys.openai), { content: 'race' });

    const stream = { model: 'cut', stream: true, messages: [{ role: 'user', content: 'go on' }] };
    await ask('cut', own(keys.openai), { body: stream });
    openai.last.open();
    openai.last.send(...events('half').slice(0, 2));
    openai.last.end();
    await turn();
    expect(local.last.text).toContain('half');

    expect(keysSent(anthropic)).toEqual([keys.anthropic, keys.anthropic, keys.anthropic, undefined]);
    expect(keysSent(openai)).toEqual([undefined, undefined, undefined, keys.openai, keys.openai]);
    expect(new Set(keysSent(local))).toEqual(new Set([undefined]));
  });

  it('is not sent to a vendor that refuses whoever has none: the failure is told as it was', async () => {
    const openai = taking(scripted('openai'), 'openai', { needsKey: true });
    const anthropic = taking(scripted('anthropic', 'anthropic-messages'), 'anthropic', { needsKey: true });
    const { ask } = vendors({
      providers: [anthropic, openai],
      routes: { both: { targets: ['anthropic/m', 'openai/m'] } },
      attempts: { maxAttempts: 2, retryShare: 0 },
    });
    const sink = await ask('both', own(keys.anthropic));
    anthropic.last.json(401, { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } });
    await turn();
    expect(sink.head?.status).toBe(401);
    expect(sink.text).toContain('invalid x-api-key');
    expect(openai.calls).toHaveLength(0);
  });

  it('keeps its answers to itself, whatever its tenant, and has them again', async () => {
    const { ask, openai } = vendors();
    const first = await ask('openai/gpt-x', own(keys.openai));
    openai.last.json(200, completion('for one'));
    expect(first.head?.cache).toBe('miss');
    const [again, other, nobody] = [
      await ask('openai/gpt-x', own(keys.openai)),
      await ask('openai/gpt-x', own(keys.olderOpenai)),
      await ask('openai/gpt-x', undefined),
    ];
    expect(again.head?.cache).toBe('hit');
    expect(other.head).toBeUndefined();
    expect(nobody.head).toBeUndefined();
    expect(keysSent(openai)).toEqual([keys.openai, keys.olderOpenai, undefined]);
  });

  it('shares a call in flight with itself alone', async () => {
    const { ask, openai } = vendors();
    for (const key of [keys.openai, keys.openai, keys.olderOpenai]) await ask('openai/gpt-x', own(key));
    expect(keysSent(openai)).toEqual([keys.openai, keys.olderOpenai]);
  });

  it('keeps answers apart also where only a fallback takes it', async () => {
    const { ask, local, anthropic } = vendors();
    const more = { fallbacks: ['anthropic/claude-x'] };
    await ask('local/qwen', own(keys.anthropic), more);
    local.last.json(401, { error: { message: 'no' } });
    await turn();
    anthropic.last.json(200, message('for one'));
    const other = await ask('local/qwen', own(keys.anthropicToken), more);
    expect(other.head).toBeUndefined();
    expect((await ask('local/qwen', own(keys.anthropic), more)).head?.cache).toBe('hit');
  });

  it('shares answers with everybody where no provider takes it', async () => {
    const { ask, local } = vendors();
    await ask('local/qwen', own(keys.openai));
    local.last.json(200, completion('for all'));
    expect((await ask('local/qwen', own(keys.xai))).head?.cache).toBe('hit');
  });

  it('whose quota is used up closes the way to its holder alone', async () => {
    const { ask, openai, router } = vendors({
      routes: { smart: { targets: ['openai/gpt-x', 'local/qwen'], strategy: 'weighted' } },
      random: () => 0,
      attempts: { retryShare: 0 },
    });
    for (let call = 0; call < 5; call += 1) {
      await ask('openai/gpt-x', own(keys.openai), { content: `${call}` });
      openai.last.json(429, {
        error: { message: 'no credit left', code: 'insufficient_quota', type: 'insufficient_quota' },
      });
      await turn();
    }
    openai.calls.length = 0;
    await ask('smart', own(keys.openai));
    expect(keysSent(openai)).toEqual([]);
    await ask('smart', own(keys.olderOpenai));
    await ask('smart', undefined);
    expect(keysSent(openai)).toEqual([keys.olderOpenai, undefined]);
    expect(router.health().find(({ model }) => model === 'gpt-x')).toMatchObject({
      isAvailable: true,
      breaker: { state: 'closed', failuresInRow: 0 },
    });
  });

  it('counts tokens by itself as well', async () => {
    const protocols = ['anthropic-messages', 'anthropic-count-tokens'] as const;
    const counting = (id: string): ScriptedProvider => Object.assign(scripted(id), { protocols });
    const anthropic = taking(counting('anthropic'), 'anthropic');
    const spare = counting('spare');
    const { ask } = vendors({
      providers: [anthropic, spare],
      routes: { smart: { targets: ['anthropic/m', 'spare/m'], strategy: 'weighted' } },
      random: () => 0,
    });
    const count = (key: string, content: string) =>
      ask('smart', own(key), { protocol: 'anthropic-count-tokens', content });
    for (let call = 0; call < 5; call += 1) {
      await count(keys.anthropic, `${call}`);
      anthropic.last.json(402, {
        type: 'error',
        error: { type: 'billing_error', message: 'Your credit balance is too low' },
      });
      await turn();
    }
    anthropic.calls.length = 0;
    await count(keys.anthropic, 'again');
    expect(keysSent(anthropic)).toEqual([]);
    await count(keys.anthropicToken, 'again');
    expect(keysSent(anthropic)).toEqual([keys.anthropicToken]);
  });

  it('spends no retries of others', async () => {
    const { ask, openai } = vendors({ random: () => 0, attempts: { backoffMs: 0 } });
    /** Has every call of one request fail, and counts them. */
    const callsOf = async (key: string): Promise<number> => {
      const before = openai.calls.length;
      const sink = await ask('openai/gpt-x', own(key), { cache: 'off' });
      for (let made = before; openai.calls.length > made && !sink.head; ) {
        made = openai.calls.length;
        openai.last.json(503, { error: { message: 'busy' } });
        await vi.waitUntil(() => sink.head !== undefined || openai.calls.length > made, { interval: 1 });
      }
      return openai.calls.length - before;
    };
    expect(await callsOf(keys.openai)).toBe(3);
    for (let request = 0; request < 50; request += 1) await callsOf(keys.openai);
    expect(await callsOf(keys.openai)).toBeLessThan(3);
    expect(await callsOf(keys.olderOpenai)).toBe(3);
  });

  it('is forgotten with how it fared, the oldest first, once there are very many', async () => {
    const { ask, openai } = vendors({
      routes: { smart: { targets: ['openai/gpt-x', 'local/qwen'], strategy: 'weighted' } },
      random: () => 0,
      attempts: { retryShare: 0 },
    });
    const limit = async (key: string) => {
      await ask('openai/gpt-x', own(key), { cache: 'off' });
      openai.last.receiver.onHead(429, { 'retry-after': '60' });
      openai.last.receiver.onEnd();
      await turn();
    };
    const reaches = async (key: string): Promise<boolean> => {
      const before = openai.calls.length;
      await ask('smart', own(key), { cache: 'off' });
      return openai.calls.length > before;
    };
    await limit('sk-the-very-first');
    expect(await reaches('sk-the-very-first')).toBe(false);
    for (let count = 0; count < 249; count += 1)
      await ask('openai/gpt-x', own(`sk-key-number-${count}`), { cache: 'off' });
    expect(await reaches('sk-the-very-first')).toBe(false);
    for (let count = 0; count < 250; count += 1)
      await ask('openai/gpt-x', own(`sk-key-number-${count}`), { cache: 'off' });
    expect(await reaches('sk-the-very-first')).toBe(true);
  });

  it('is in no event and no error, though the provider quotes it', async () => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    const heard = Object.values(channels);
    for (const channel of heard) channel.subscribe(listen);
    try {
      const { ask, openai } = vendors({ attempts: { maxAttempts: 1 } });
      await ask('openai/gpt-x', own(keys.openai));
      openai.last.json(401, {
        error: { message: `bad key ${keys.openai}`, code: `c-${keys.openai}`, type: keys.openai },
      });
      await turn();
      await ask('openai/gpt-x', own(keys.openai), { body: { model: 'openai/gpt-x', stream: true, messages: [] } });
      openai.last.open();
      openai.last.send(`data: ${JSON.stringify({ error: { message: `bad key ${keys.openai}` } })}\n\n`);
      openai.last.end();
      await turn();
    } finally {
      for (const channel of heard) channel.unsubscribe(listen);
    }
    const text = JSON.stringify(told, (_, value) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
    );
    expect(text).toContain('bad key ***');
    expect(text).not.toContain(keys.openai);
  });
});

describe('a provider that is there for clients with keys of their own alone', () => {
  const guests = () => ({
    anthropic: taking(scripted('anthropic', 'anthropic-messages', ['claude-1']), 'anthropic', {
      owns: (model) => model.startsWith('claude-'),
    }),
    openai: taking(scripted('openai', 'openai-chat', ['gpt-1']), 'openai', {
      owns: (model) => model.startsWith('gpt-'),
    }),
  });

  /** Who is asked for a name. */
  const asked = async (
    model: string,
    key: string | undefined,
    providers: readonly ScriptedProvider[] = [scripted('local', 'openai-chat', ['qwen'])],
  ) => {
    const { anthropic, openai } = guests();
    const { ask } = vendors({ providers, guests: [anthropic, openai] });
    await ask(model, key === undefined ? undefined : own(key));
    await turn();
    return [...providers, anthropic, openai].flatMap(({ id, calls }) =>
      calls.map(({ text }) => `${id} ${JSON.parse(text).model}`),
    );
  };

  it.each([
    ['anthropic/claude-9', keys.anthropic, 'anthropic claude-9'],
    ['claude-9', keys.anthropicToken, 'anthropic claude-9'],
    ['gpt-9', keys.olderOpenai, 'openai gpt-9'],
    ['claude-9', keys.openai, 'local claude-9'],
    ['claude-9', undefined, 'local claude-9'],
    ['qwen', keys.anthropic, 'local qwen'],
    ['who-knows', keys.anthropic, 'local who-knows'],
    ['/claude-9', keys.anthropic, 'local /claude-9'],
  ])('is asked for %s with %s: %s', async (model, key, expected) => {
    expect(await asked(model, key)).toEqual([expected]);
  });

  it.each([
    ['anthropic/claude-9', keys.openai],
    ['anthropic/claude-9', undefined],
    ['anthropic/', keys.anthropic],
  ])('and no other is asked for %s with %s', async (model, key) => {
    expect(await asked(model, key)).toEqual([]);
  });

  it('comes after a configured one that lists the name, has it by its looks, or does not say', async () => {
    const listed = scripted('mine', 'openai-chat', ['gpt-9', 'openai/gpt-9']);
    expect(await asked('gpt-9', keys.openai, [listed])).toEqual(['mine gpt-9']);
    expect(await asked('openai/gpt-9', keys.openai, [listed])).toEqual(['mine gpt-9', 'mine openai/gpt-9']);
    const owner = Object.assign(scripted('mine'), { owns: (model: string) => model.startsWith('gpt-') });
    expect(await asked('gpt-9', keys.openai, [owner])).toEqual(['mine gpt-9']);
    const silent = Object.assign(scripted('mine'), { models: () => Promise.reject(new Error('down')) });
    expect(await asked('gpt-9', keys.openai, [silent])).toEqual(['mine gpt-9']);
  });

  it('is not asked because an earlier client had a key to it', async () => {
    const { anthropic, openai } = guests();
    const local = scripted('local');
    const { ask } = vendors({ providers: [local], guests: [anthropic, openai] });
    await ask('claude-9', own(keys.anthropic));
    await turn();
    await ask('claude-9', own(keys.openai), { content: 'next' });
    await turn();
    await ask('claude-9', undefined, { content: 'next' });
    expect(anthropic.calls).toHaveLength(1);
    expect(local.calls).toHaveLength(1);
  });

  it('lists its models to whoever has a key to it, as that key sees them', async () => {
    const { anthropic, openai } = guests();
    const models = vi.fn(async (options?: { credential?: Credential }) => [
      `claude-of-${options?.credential?.reveal().slice(-4)}`,
    ]);
    const { router } = vendors({
      providers: [scripted('local', 'openai-chat', ['qwen'])],
      guests: [Object.assign(anthropic, { models }), openai],
    });
    const listed = async (key?: string) =>
      (await router.models(key === undefined ? undefined : { credential: own(key) })).models.map(({ id }) => id);
    expect(await listed()).toEqual(['local/qwen']);
    expect(await listed(keys.anthropic)).toEqual(['local/qwen', 'anthropic/claude-of-AAAA']);
    expect(await listed(keys.anthropicToken)).toEqual(['local/qwen', 'anthropic/claude-of-BBBB']);
    expect(await listed(keys.anthropic)).toEqual(['local/qwen', 'anthropic/claude-of-AAAA']);
    expect(models).toHaveBeenCalledTimes(2);
    expect(await listed(keys.openai)).toEqual(['local/qwen', 'openai/gpt-1']);
  });

  it('shares its id with no other', () => {
    expect(() => vendors({ guests: [scripted('openai')] })).toThrow('Two providers are called "openai"');
  });
});

describe("the query of a client's address", () => {
  it('reaches a provider of the same protocol alone', async () => {
    const { ask, openai, anthropic } = vendors();
    await ask('openai/gpt-x', undefined, { query: 'beta=true' });
    await ask('anthropic/claude-x', undefined, { query: 'beta=true' });
    expect([openai.last.query, anthropic.last.query]).toEqual(['beta=true', undefined]);
  });

  it('makes another request of it for the cache', async () => {
    const { ask, openai } = vendors();
    await ask('openai/gpt-x', undefined);
    openai.last.json(200, completion('plain'));
    expect((await ask('openai/gpt-x', undefined)).head?.cache).toBe('hit');
    expect((await ask('openai/gpt-x', undefined, { query: 'beta=true' })).head).toBeUndefined();
  });
});
