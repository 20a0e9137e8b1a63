import { describe, expect, it, vi } from 'vitest';
import { RouterError, upstreamUnreachable } from '../src/errors.ts';
import { createModelDirectory, type ModelDirectoryOptions } from '../src/models.ts';
import type { Provider } from '../src/provider.ts';

const provider = (id: string, models: readonly string[] | RouterError, owns?: RegExp): Provider => ({
  id,
  protocols: ['openai-chat'],
  ...(owns && { owns: (model: string) => owns.test(model) }),
  models: vi.fn(async () => {
    if (RouterError.isInstance(models)) throw models;
    return models;
  }),
  send: () => ({ pause() {}, resume() {}, abort() {} }),
  close: async () => {},
});

const openai = provider('openai', ['gpt-4o', 'gpt-4o-mini'], /^gpt-/);
const groq = provider('groq', ['llama', 'shared', 'gpt-4o']);
const local = provider('local', ['qwen', 'shared', 'meta/llama']);

const directory = (options: Partial<ModelDirectoryOptions> = {}) =>
  createModelDirectory({ providers: [openai, groq, local], now: () => 0, ...options });

const found = async (name: string | undefined, options?: Partial<ModelDirectoryOptions>): Promise<string> => {
  const { provider, model } = await directory(options).resolve(name);
  return `${provider.id} ${model}`;
};

const failure = async (name: string | undefined, options?: Partial<ModelDirectoryOptions>): Promise<RouterError> => {
  try {
    await directory(options).resolve(name);
  } catch (error) {
    if (RouterError.isInstance(error)) return error;
  }
  throw new Error('resolved');
};

describe('a model name', () => {
  it.each([
    ['openai/gpt-9', 'openai gpt-9'],
    ['local/meta/llama', 'local meta/llama'],
    ['gpt-4o-mini', 'openai gpt-4o-mini'],
    ['gpt-of-some-day', 'openai gpt-of-some-day'],
    ['llama', 'groq llama'],
    ['meta/llama', 'local meta/llama'],
    ['fast', 'groq llama'],
  ])('%s is answered by %s', async (name, target) => {
    expect(await found(name, { aliases: { fast: 'groq/llama' } })).toBe(target);
  });

  it('that several list must be made clear, and the error says how', async () => {
    const error = await failure('shared');
    expect(error.code).toBe('ROUTER_MODEL_AMBIGUOUS');
    expect(error.status).toBe(400);
    expect(error.message).toContain('groq/shared, local/shared');
    expect((await failure('gpt-4o')).message).toContain('groq/gpt-4o, openai/gpt-4o');
  });

  it('that nobody is known to have is not said to be of several who could not be asked', async () => {
    const silent = ['a', 'b'].map((id) => provider(id, upstreamUnreachable(id, undefined)));
    const { code, message } = await failure('gpt-4o-mni', { providers: silent });
    expect(code).toBe('ROUTER_MODEL_AMBIGUOUS');
    expect(message).toMatch(/No provider is known to have.*a\/gpt-4o-mni, b\/gpt-4o-mni/);
  });

  it('that names another provider is sent to nobody else, unless their list has it', async () => {
    const up = provider('up', ['meta/llama', 'anthropic/claude-haiku-4-5']);
    expect(await found('meta/llama', { providers: [up] })).toBe('up meta/llama');
    expect(await found('anthropic/claude-haiku-4-5', { providers: [up] })).toBe('up anthropic/claude-haiku-4-5');
    for (const name of ['openai/gpt-5', 'nope/x'])
      expect((await failure(name, { providers: [up] })).code).toBe('ROUTER_MODEL_UNKNOWN');
    // Without a list: what may be the name of a model, but no provider's that everybody knows.
    const silent = provider('silent', upstreamUnreachable('silent', undefined));
    expect(await found('meta/llama', { providers: [silent] })).toBe('silent meta/llama');
    expect((await failure('openai/gpt-5', { providers: [silent] })).code).toBe('ROUTER_MODEL_UNKNOWN');
    expect((await failure('openai/gpt-5', { providers: [silent, up] })).code).toBe('ROUTER_MODEL_UNKNOWN');
  });

  it("goes to the one that lists it, though it looks like another's", async () => {
    const ollama = provider('ollama', ['gpt-oss']);
    expect(await found('gpt-oss', { providers: [provider('openai', ['gpt-4o'], /^gpt-/), ollama] })).toBe(
      'ollama gpt-oss',
    );
  });

  it('does not wait long for a provider that does not answer', async () => {
    vi.useFakeTimers();
    const hanging = { ...provider('hanging', []), models: () => new Promise<never>(() => {}) };
    const asked = found('llama', { providers: [groq, hanging] });
    await vi.advanceTimersByTimeAsync(1500);
    expect(await asked).toBe('groq llama');
    vi.useRealTimers();
  });

  it('that nobody lists is unknown, and the error names some that are', async () => {
    const error = await failure('nope');
    expect(error.code).toBe('ROUTER_MODEL_UNKNOWN');
    expect(error.status).toBe(404);
    expect(error.message).toContain('groq/llama');
  });

  it('goes to the only provider there is without asking for its list', async () => {
    const only = provider('only', []);
    expect(await found('anything', { providers: [only] })).toBe('only anything');
    expect(only.models).not.toHaveBeenCalled();
  });

  it('goes to the one provider that could not say what it has', async () => {
    const down = provider('down', upstreamUnreachable('down', undefined));
    expect(await found('mystery', { providers: [groq, down] })).toBe('down mystery');
  });

  it('is required, unless there is a default', async () => {
    for (const name of [undefined, '', 7, null, {}]) {
      expect((await failure(name as string)).code).toBe('ROUTER_REQUEST_INVALID');
    }
    expect(await found(undefined, { defaultModel: 'gpt-4o-mini' })).toBe('openai gpt-4o-mini');
  });

  it.each(['__proto__', 'constructor', 'toString/x', '/', 'openai/', '/gpt'])('%s finds nothing', async (name) => {
    expect((await failure(name)).code).toBe('ROUTER_MODEL_UNKNOWN');
  });
});

describe('the list of models', () => {
  it('stands while it is asked for anew', async () => {
    let now = 0;
    const answers = [Promise.resolve(['a']), new Promise<never>(() => {})];
    const slow = { ...provider('slow', []), models: () => answers.shift() ?? Promise.resolve([]) };
    const directory = createModelDirectory({ providers: [slow], now: () => now });
    await directory.list();
    now = 300_000;
    for (let asked = 0; asked < 2; asked++) {
      expect((await directory.list()).models).toEqual([{ id: 'slow/a', provider: 'slow', model: 'a' }]);
    }
  });

  it('does not wait longer than it is told to, and lists what has come', async () => {
    vi.useFakeTimers();
    const hanging = { ...provider('hanging', []), models: () => new Promise<never>(() => {}) };
    const listed = createModelDirectory({ providers: [groq, hanging], now: () => 0 }).list({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    const { models, failures } = await listed;
    expect(models.map(({ provider: id }) => id)).toContain('groq');
    expect(failures).toMatchObject([{ provider: 'hanging', error: { code: 'ROUTER_UPSTREAM_TIMEOUT' } }]);
    vi.useRealTimers();
  });

  it('is kept for five minutes, and a failure for ten seconds', async () => {
    let now = 0;
    const good = provider('good', ['a']);
    const bad = provider('bad', upstreamUnreachable('bad', undefined));
    const models = createModelDirectory({ providers: [good, bad], now: () => now });
    const first = await models.list();
    expect(first.models).toEqual([{ id: 'good/a', provider: 'good', model: 'a' }]);
    expect(first.failures.map(({ provider }) => provider)).toEqual(['bad']);
    await models.list();
    expect(good.models).toHaveBeenCalledTimes(1);
    expect(bad.models).toHaveBeenCalledTimes(1);
    now = 10_000;
    await models.list();
    expect(good.models).toHaveBeenCalledTimes(1);
    expect(bad.models).toHaveBeenCalledTimes(2);
    now = 300_000;
    await models.list();
    expect(good.models).toHaveBeenCalledTimes(2);
  });
});
