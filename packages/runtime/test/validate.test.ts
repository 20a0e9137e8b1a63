// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../src/errors.ts';
import { validateConfig } from '../src/validate.ts';

const problemsOf = (config: unknown, environment: Record<string, string> = {}): readonly string[] => {
  try {
    validateConfig(config, { environment });
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
};

describe('what is wrong in a configuration', () => {
  const cases: readonly [name: string, config: unknown, problem: string | RegExp][] = [
    ['a mistyped section', { cahce: {} }, 'cahce: unknown key. Did you mean "cache"?'],
    ['a mistyped key', { cache: { tllMs: 1 } }, 'cache.tllMs: unknown key. Did you mean "ttlMs"?'],
    ['a key without its unit', { cache: { ttl: 1 } }, 'cache.ttl: unknown key. Did you mean "ttlMs"?'],
    [
      'a key like no other',
      { detect: { nonsense: 1 } },
      'detect.nonsense: unknown key. The keys here are environment, ollama.',
    ],
    [
      'an address without a scheme',
      { providers: { openai: { baseUrl: 'api.openai.com' } } },
      'providers.openai.baseUrl: expected an http or https address, found "api.openai.com". Write it in full, like "https://api.example.com/v1".',
    ],
    [
      'an unknown type',
      { providers: { mine: { type: 'opnai' } } },
      'providers.mine.type: expected one of "openai", "anthropic", "xai", "openai-compatible", "sim", "plugin", found "opnai".',
    ],
    ['a missing type', { providers: { mine: {} } }, /^providers\.mine\.type: expected one of .* found nothing\.$/],
    [
      'a compatible server without an address',
      { providers: { vllm: { type: 'openai-compatible' } } },
      'providers.vllm.baseUrl: expected an http or https address, found nothing. This type of provider needs a baseUrl, like "http://127.0.0.1:8000/v1".',
    ],
    [
      'a setting of another type of provider',
      { providers: { openai: { latencyMs: 5 } } },
      'providers.openai.latencyMs: unknown key. The keys here are type, apiKey, baseUrl, models, headers, passThroughKeys, forwardTrace.',
    ],
    ['an id with a slash', { providers: { 'a/b': { type: 'sim' } } }, /^providers\["a\/b"\]: expected a provider id/],
    ['a list for a section', { cache: [] }, 'cache: expected a group of settings, found a list.'],
    ['a text for the whole', 'hello', ': expected a group of settings, found "hello".'],
    ['a text for a list', { providers: { sim: { models: 'a' } } }, 'providers.sim.models: expected a list, found "a".'],
    [
      'a wrong list item',
      { providers: { sim: { models: ['a', 7] } } },
      'providers.sim.models[1]: expected the name of a model, found 7.',
    ],
    [
      'a wrong unit',
      { cache: { ttlMs: '24 hours' } },
      /^cache\.ttlMs: expected a duration above 0, found "24 hours"\. Write/,
    ],
    ['a negative duration', { timeouts: { totalMs: -1 } }, /^timeouts\.totalMs: expected a duration, found -1\./],
    [
      'a port out of range',
      { server: { port: 70_000 } },
      /^server\.port: expected a whole number from 0 to 65535, found/,
    ],
    ['half a port', { server: { port: 80.5 } }, /found 80\.5\.$/],
    ['a share above one', { providers: { sim: { errorRate: 2 } } }, /a number from 0 to 1, found 2\.$/],
    ['an empty alias', { aliases: { fast: '' } }, 'aliases.fast: expected the name of a model, found an empty text.'],
    [
      'a life of nothing',
      { cache: { ttlMs: 0 } },
      /^cache\.ttlMs: expected a duration above 0, found 0\. .* set cache\.enabled to false\.$/,
    ],
    [
      'events that are kept for no time',
      { telemetry: { keepEventsMs: 0 } },
      /^telemetry\.keepEventsMs: expected a duration above 0, found 0\. .* set telemetry\.enabled to false\.$/,
    ],
    [
      'a plugin that may take no time',
      { plugins: { timeouts: { importMs: 0 } } },
      /^plugins\.timeouts\.importMs: .* such as "15m" or "24h"\.$/,
    ],
    [
      'an eviction policy that there is not',
      { cache: { evictionPolicy: 'lfu' } },
      'cache.evictionPolicy: expected one of "lru", "s3-fifo", found "lfu".',
    ],
    [
      'a Redis without an address',
      { cache: { redis: { prefix: 'a' } } },
      /^cache\.redis\.url: expected an address of Redis, found nothing\. Write it like "redis:\/\/localhost:6379"/,
    ],
    [
      'a prefix with a space',
      { cache: { redis: { url: 'redis://a', prefix: 'a b' } } },
      /^cache\.redis\.prefix: expected a word/,
    ],
    [
      'an encryption without keys',
      { cache: { encryption: { current: 'a' } } },
      'cache.encryption.keys: expected a key by its id, found nothing. Make one with "openssl rand -hex 32".',
    ],
    [
      'a current key that is not there',
      { cache: { encryption: { keys: { a: 'ab'.repeat(32) }, current: 'b' } } },
      /^cache\.encryption\.current: expected one of "a", found a string\./,
    ],
    [
      'a key that is too short',
      { cache: { encryption: { keys: { a: 'abcd' }, current: 'a' } } },
      /^cache\.encryption\.keys\.a: expected a key of 32 bytes, .*, found a string\. Make one/,
    ],
    [
      'an unlisted model with half a price',
      { prices: { mine: { input: 1 } } },
      'prices.mine.output: expected US dollars for a million tokens, found nothing. There is no list price of this model: name those of its input and its output.',
    ],
    ['a price below zero', { prices: { 'gpt-5.1': { input: -1 } } }, /^prices\["gpt-5\.1"\]\.input: expected a number/],
    [
      'a price by another name',
      { prices: { 'openai/gpt-5.1': { inputs: 1 } } },
      'prices["openai/gpt-5.1"].inputs: unknown key. Did you mean "input"?',
    ],
    [
      'half of a long prompt',
      { prices: { 'gpt-5.1': { longPrompt: { aboveTokens: 1, input: 2 } } } },
      /^prices\["gpt-5\.1"\]\.longPrompt\.output: expected a number, found nothing/,
    ],
    [
      'a breaker that never opens for long',
      { attempts: { breaker: { openMs: 0 } } },
      'attempts.breaker.openMs: expected a duration above 0, found 0.',
    ],
    [
      'a word for a schema',
      { routes: { r: { targets: ['a/b'], check: { schema: 'person' } } } },
      'routes.r.check.schema: expected true, false or a JSON Schema, found "person". true takes the schema that the request asked for.',
    ],
    ['a word for a flag', { cache: { enabled: 'yes' } }, 'cache.enabled: expected true or false, found "yes".'],
  ];
  it.each(cases)('%s', (_, config, problem) => {
    expect(problemsOf(config)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  it('is told all at once, with the file and a code', () => {
    const broken = { cahce: {}, server: { port: 'x' }, providers: { openai: { baseUrl: 'x' } } };
    const attempt = () => validateConfig(broken, { environment: {}, file: '/etc/hotpath.config.json' });
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        file: '/etc/hotpath.config.json',
        message: expect.stringMatching(/^\/etc\/hotpath\.config\.json has 3 problems:\n(?:.*\n){2}.*$/),
      }),
    );
  });

  it.each([
    ['a key of the wrong kind', { openai: { apiKey: ['sk-secret'] } }, 'found a list'],
    ['a key that YAML read as a number', { openai: { apiKey: 123_456 } }, 'found a number'],
    ['a header of the wrong kind', { openai: { headers: { authorization: 123_456 } } }, 'found a number'],
    ['a key in the place of a provider', { openai: 'sk-secret' }, 'found a string'],
    ['a password in an address', { openai: { baseUrl: 'htp://ada:sk-secret@host' } }, 'found "htp://***@host"'],
    ['a variable in the wrong place', { xai: { baseUrl: '${XAI_KEY}' } }, 'found something else in ${XAI_KEY}'],
  ])('never shows %s', (_, providers, found) => {
    const problems = problemsOf({ providers }, { XAI_KEY: 'sk-secret' });
    expect(problems).toEqual([expect.stringContaining(found)]);
    expect(problems[0]).not.toMatch(/sk-secret|123/);
  });

  it.each([
    ['a password of Redis', { redis: { url: 'htp://:sk-secret@host' } }],
    ['an address in the place of Redis', { redis: 'redis://:sk-secret@host' }],
    ['a key that is none', { encryption: { keys: { a: 'sk-secret' }, current: 'a' } }],
    ['a key in the place of all keys', { encryption: { keys: 'sk-secret', current: 'a' } }],
    ['a key in the place of its id', { encryption: { keys: { a: 'ab'.repeat(32) }, current: 'sk-secret' } }],
  ])('never shows %s in the cache', (_, cache) => {
    const problems = problemsOf({ cache });
    expect(problems).toEqual([expect.stringMatching(/found a string|expected a group/)]);
    expect(problems[0]).not.toContain('sk-secret');
  });

  it.each([
    ['a webhook', { alerts: { webhook: 'htps://hooks.example.com/sk-secret' } }],
    ['a header of telemetry', { telemetry: { otlp: { headers: { authorization: ['sk-secret'] } } } }],
    ['a header in the place of all of them', { telemetry: { otlp: { headers: 'Bearer sk-secret' } } }],
    ['a text in the place of telemetry.otlp', { telemetry: { otlp: 'http://box/sk-secret' } }],
  ])('never shows %s', (_, config) => {
    const problems = problemsOf(config);
    expect(problems).toEqual([expect.stringMatching(/found a (?:string|list)|expected a group/)]);
    expect(problems[0]).not.toContain('sk-secret');
  });

  it('is one problem where a variable is missing', () => {
    const attempt = () => validateConfig({ providers: { openai: { apiKey: '${NO_SUCH_KEY}' } } }, { environment: {} });
    expect(attempt).toThrow(expect.objectContaining({ code: 'CONFIG_ENV_MISSING' }));
    expect(attempt).toThrow(/providers\.openai\.apiKey: the environment variable NO_SUCH_KEY is not set\. Set it, or/);
  });
});

describe('what is right in a configuration', () => {
  it('reads units, numbers in strings and flags in strings', () => {
    const config = {
      cache: { ttlMs: '24h', memoryBytes: '64MB', diskBytes: 2 ** 30, memoryEntries: '500', enabled: 'false' },
      timeouts: { connectMs: '1.5s', idleMs: 0 },
      server: { port: '4100' },
      batches: { enabled: 'true', concurrency: '20', maxFileBytes: '100MB', keepMs: '7d' },
      conversations: { enabled: 'false', keepMs: '90d' },
    };
    expect(validateConfig(config, { environment: {} })).toEqual({
      cache: { ttlMs: 86_400_000, memoryBytes: 2 ** 26, diskBytes: 2 ** 30, memoryEntries: 500, enabled: false },
      timeouts: { connectMs: 1500, idleMs: 0 },
      server: { port: 4100 },
      batches: { enabled: true, concurrency: 20, maxFileBytes: 100 * 2 ** 20, keepMs: 604_800_000 },
      conversations: { enabled: false, keepMs: 7_776_000_000 },
    });
  });

  it('reads Redis and keys from the environment', () => {
    const cache = {
      redis: { url: 'rediss://:${PASSWORD}@cache.example:6380/2', ttlMs: '7d' },
      encryption: { keys: { '2026-11': '${CACHE_KEY}' }, current: '2026-11' },
      warmEntries: '0',
      warmBudgetMs: '2s',
      compressFromBytes: '16KB',
      evictionPolicy: 's3-fifo',
    };
    const environment = { PASSWORD: 'p', CACHE_KEY: 'A'.repeat(43) };
    expect(validateConfig({ cache }, { environment })).toEqual({
      cache: {
        redis: { url: 'rediss://:p@cache.example:6380/2', ttlMs: 604_800_000 },
        encryption: { keys: { '2026-11': 'A'.repeat(43) }, current: '2026-11' },
        warmEntries: 0,
        warmBudgetMs: 2_000,
        compressFromBytes: 16_384,
        evictionPolicy: 's3-fifo',
      },
    });
  });

  it('takes the type of a provider from its id', () => {
    expect(validateConfig({ providers: { openai: { apiKey: 'k' }, sim: null } }, { environment: {} })).toEqual({
      providers: { openai: { type: 'openai', apiKey: 'k' }, sim: { type: 'sim' } },
    });
  });

  it('takes undefined and an empty section as absent', () => {
    const config = { cache: null, defaultModel: undefined, providers: { openai: { apiKey: undefined } } };
    expect(validateConfig(config, { environment: {} })).toEqual({ providers: { openai: { type: 'openai' } } });
    expect(validateConfig(undefined, { environment: {} })).toEqual({});
  });
});

it('prices, breakers and schemas become what the router takes', () => {
  const schema = { type: 'object', properties: { size: { type: 'integer' } } };
  const config = {
    prices: {
      'gpt-5.1': { input: '1.5' },
      'groq/llama': {
        input: 1,
        output: 2,
        longPrompt: { aboveTokens: 1000, input: 2, output: 1 },
        capabilities: ['tools'],
      },
    },
    attempts: { breaker: { failuresInRow: '3', openMs: '10s', longestOpenMs: '5m' } },
    routes: {
      a: { targets: ['x/y'], check: { schema: 'true' } },
      b: { targets: ['x/y'], check: { schema } },
    },
  };
  const { prices, attempts, routes } = validateConfig(config, { environment: {} });
  expect(prices).toEqual({ ...config.prices, 'gpt-5.1': { input: 1.5 } });
  expect(attempts).toEqual({ breaker: { failuresInRow: 3, openMs: 10_000, longestOpenMs: 300_000 } });
  expect([routes?.a?.check, routes?.b?.check]).toEqual([{ schema: true }, { schema }]);
});
