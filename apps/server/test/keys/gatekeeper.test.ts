import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, formats, type JsonObject } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { createCostEstimate } from '../../src/keys/estimate-cost.ts';
import { anonymousAllowed } from '../../src/keys/exposure.ts';
import {
  type Admission,
  createGatekeeper,
  type Gatekeeper,
  type GatekeeperOptions,
} from '../../src/keys/gatekeeper.ts';
import type { KeyRefusal } from '../../src/keys/refusal.ts';
import type { KeyStore } from '../../src/keys/store.ts';
import { aMoment, day, hour, makePlace, type Place, sqliteMissing, start } from './support.ts';

const question: JsonObject = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 };

/** What the models of these tests cost, dollars a token. */
const prices: Record<string, number> = { 'gpt-4o': 0.01, 'gpt-4o-mini': 0.001 };
const names: Record<string, readonly string[]> = {
  fast: ['openai/gpt-4o-mini', 'groq/llama-3'],
  'gpt-4o': ['openai/gpt-4o'],
};

const gate = (place: Place, store: KeyStore, options: Partial<GatekeeperOptions> = {}): Gatekeeper =>
  createGatekeeper(store, {
    allowAnonymous: true,
    anonymousTenant: () => 'anybody',
    modelsOf: (name) => (name === undefined ? ['openai/gpt-4o'] : (names[name] ?? [name])),
    estimateUsd: createCostEstimate({
      costOf: (model, { inputTokens, outputTokens }) => prices[model] && prices[model] * (inputTokens + outputTokens),
      inputTokensOf: () => 10,
    }),
    now: () => place.now,
    onError: (error) => place.errors.push(error),
    ...options,
  });

const bearer = (secret: string): IncomingHttpHeaders => ({ authorization: `Bearer ${secret}` });

const admit = (gatekeeper: Gatekeeper, headers: IncomingHttpHeaders, body = question): Admission | KeyRefusal => {
  const result = gatekeeper.admit(headers, 'openai-chat', body);
  if (result instanceof Promise) throw new Error('it answered later');
  return result;
};

const refused = (result: Admission | KeyRefusal): KeyRefusal => {
  if (!('error' in result)) throw new Error('it was admitted');
  return result;
};

const admitted = (result: Admission | KeyRefusal): Admission => {
  if ('error' in result) throw new Error(`it was refused: ${result.error.message}`);
  return result;
};

const codeOf = (result: Admission | KeyRefusal): [number, string | undefined] => {
  const { status, code } = refused(result).error;
  return [status, code];
};

describe.skipIf(sqliteMissing)('without any key', () => {
  it('every request passes as it always did', () => {
    const place = makePlace();
    const gatekeeper = gate(place, place.open());
    for (const headers of [{}, bearer('sk-own'), bearer(`hp-${'A'.repeat(43)}`)]) {
      expect(admit(gatekeeper, headers)).toEqual({
        tenant: 'anybody',
        limits: [],
        key: undefined,
        settle: expect.any(Function),
      });
      expect(gatekeeper.identify(headers)).toEqual({ key: undefined });
    }
    admitted(admit(gatekeeper, {})).settle(1);
    expect(place.open().spending.report()).toEqual([]);
  });

  it('strangers get nowhere, also when the last key has just been deleted', () => {
    const place = makePlace();
    const store = place.open();
    const gatekeeper = gate(place, store, { allowAnonymous: false });
    expect(codeOf(admit(gatekeeper, {}))).toEqual([401, 'SERVER_KEY_MISSING']);
    expect(refused(admit(gatekeeper, {})).error.message).toContain('hotpath keys create');
    const { secret } = store.create({ name: 'ci' });
    expect(admitted(admit(gatekeeper, bearer(secret))).key?.name).toBe('ci');
    store.delete('ci');
    expect(codeOf(admit(gatekeeper, bearer(secret)))).toEqual([401, 'SERVER_KEY_MISSING']);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.4', false],
    ['127.0.0.1.example.com', false],
  ])('a server may listen on %s: %s', (host, isAllowed) => {
    const listen = (hasKeys: boolean, allowAnonymous = false) => anonymousAllowed({ host, hasKeys, allowAnonymous });
    if (isAllowed) expect(listen(false)).toBe(true);
    else {
      expect(() => listen(false)).toThrow(expect.objectContaining({ code: 'KEYS_REQUIRED' }));
      expect(() => listen(false)).toThrow(/hotpath keys create <name>.*--allow-anonymous/);
    }
    expect(listen(true)).toBe(isAllowed);
    expect(listen(false, true)).toBe(true);
  });
});

describe.skipIf(sqliteMissing)('a key', () => {
  it('is taken from either header, whatever the other holds', () => {
    const place = makePlace();
    const store = place.open();
    const { secret, key } = store.create({ name: 'ci' });
    const gatekeeper = gate(place, store);
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { authorization: `bearer   ${secret} ` },
      { authorization: secret },
      { 'x-api-key': secret },
      { 'x-api-key': secret, authorization: 'Bearer common' },
      { 'x-api-key': '', authorization: `Bearer ${secret}` },
      { 'x-api-key': 'dummy', authorization: `Bearer ${secret}` },
    ]) {
      expect(admitted(admit(gatekeeper, headers))).toMatchObject({ key, tenant: `virtual-key:${key.id}`, limits: [] });
      expect(gatekeeper.identify(headers)).toEqual({ key });
    }
  });

  it('is missing, unknown, disabled or expired: 401, in so many words', () => {
    const place = makePlace();
    const store = place.open();
    const { secret } = store.create({ name: 'ci', expiresAt: start + day });
    const gatekeeper = gate(place, store);
    expect(codeOf(admit(gatekeeper, {}))).toEqual([401, 'SERVER_KEY_MISSING']);
    expect(codeOf(admit(gatekeeper, { authorization: 'Bearer ', 'x-api-key': '' }))).toEqual([
      401,
      'SERVER_KEY_MISSING',
    ]);
    for (const other of ['sk-proj-1', `hp-${'A'.repeat(43)}`, `${secret}x`, 'x'.repeat(30_000)]) {
      expect(codeOf(admit(gatekeeper, bearer(other)))).toEqual([401, 'SERVER_KEY_UNKNOWN']);
    }
    expect(refused(admit(gatekeeper, {})).headers).toEqual({ 'www-authenticate': 'Bearer' });
    store.update('ci', { disabled: true });
    expect(codeOf(admit(gatekeeper, bearer(secret)))).toEqual([401, 'SERVER_KEY_DISABLED']);
    store.update('ci', { disabled: false });
    place.now = start + day - 1;
    admitted(admit(gatekeeper, bearer(secret)));
    place.now = start + day;
    expect(codeOf(admit(gatekeeper, bearer(secret)))).toEqual([401, 'SERVER_KEY_EXPIRED']);
    expect(refused(admit(gatekeeper, bearer(secret))).error.message).toContain('2026-11-22T15:30:00.000Z');
  });

  it('opens with its old secret for as long as the rotation said', () => {
    const place = makePlace();
    const store = place.open();
    const { secret: old } = store.create({ name: 'ci' });
    const gatekeeper = gate(place, store);
    const { secret: fresh } = store.rotate('ci', { graceMs: hour });
    place.now = start + hour - 1;
    // Both are one key: cache, limits and budgets go on.
    const tenants = [old, fresh].map((secret) => admitted(admit(gatekeeper, bearer(secret))).tenant);
    expect(new Set(tenants).size).toBe(1);
    place.now = start + hour;
    expect(codeOf(admit(gatekeeper, bearer(old)))).toEqual([401, 'SERVER_KEY_EXPIRED']);
    expect(refused(admit(gatekeeper, bearer(old))).error.message).toContain('new secret');
    admitted(admit(gatekeeper, bearer(fresh)));
    // One that works is enough.
    admitted(admit(gatekeeper, { authorization: `Bearer ${old}`, 'x-api-key': fresh }));
  });

  it('names its cache and its limits', () => {
    const place = makePlace();
    const store = place.open();
    const limits = { concurrency: 1, tokensPerMinute: 100 };
    const own = store.create({ name: 'own', team: 'docs', limits, cacheScope: 'key' });
    const shared = store.create({ name: 'shared', team: 'docs', cacheScope: 'team' });
    const plain = store.create({ name: 'plain' });
    const tenantsOf = (gatekeeper: Gatekeeper) =>
      [own, shared, plain].map(({ secret }) => admitted(admit(gatekeeper, bearer(secret))).tenant);
    expect(tenantsOf(gate(place, store))).toEqual([
      `virtual-key:${own.key.id}`,
      'team:docs',
      `virtual-key:${plain.key.id}`,
    ]);
    const gatekeeper = gate(place, store, { cacheScope: 'shared' });
    expect(tenantsOf(gatekeeper)).toEqual([`virtual-key:${own.key.id}`, 'team:docs', 'default']);
    expect(admitted(admit(gatekeeper, bearer(own.secret))).limits).toEqual([`key:${own.key.id}`]);
    expect(gatekeeper.limitsOf(`key:${own.key.id}`)).toEqual(limits);
    expect(gatekeeper.limitsOf(`key:${own.key.id}`)).toBe(gatekeeper.limitsOf(`key:${own.key.id}`));
    expect(gatekeeper.limitsOf('key:nobody')).toBeUndefined();
    expect(gatekeeper.limitsOf('provider:openai')).toBeUndefined();
    store.update('own', { limits: { concurrency: 5 } });
    expect(gatekeeper.limitsOf(`key:${own.key.id}`)).toEqual({ ...limits, concurrency: 5 });
  });
});

describe.skipIf(sqliteMissing)('allowed models', () => {
  const ask = (patterns: readonly string[] | null, model: unknown, options: Partial<GatekeeperOptions> = {}) => {
    const place = makePlace();
    const store = place.open();
    const { secret } = store.create({ name: 'ci', models: patterns });
    const { model: _, ...rest } = question;
    const body = (model === undefined ? rest : { ...rest, model }) as JsonObject;
    return admit(gate(place, store, options), bearer(secret), body);
  };

  it.each([
    [['openai/*'], 'openai/gpt-4o'],
    [['openai/gpt-4o'], 'gpt-4o'],
    [['openai/*'], undefined],
    [['fast'], 'fast'],
    [['openai/*', 'groq/*'], 'fast'],
    [['*'], 'anything'],
    [null, 'anything'],
    [null, undefined],
  ])('%j let %s pass', (patterns, model) => {
    expect(ask(patterns, model)).not.toHaveProperty('error');
  });

  it.each([
    [['openai/*'], 'anthropic/claude'],
    [['openai/*'], 'fast'],
    [['openai/gpt-4o'], 'openai/gpt-4o-mini'],
    [['anthropic/*'], undefined],
    [['anthropic/*'], ''],
    [['openai/*'], ['fast']],
    [['openai/*'], null],
    [['openai/*'], 7],
    [['openai/*'], {}],
  ])('%j stop %j', (patterns, model) => {
    const { error, headers } = refused(ask(patterns, model));
    expect(error).toMatchObject({
      status: 403,
      type: 'permission_error',
      code: 'SERVER_MODEL_NOT_ALLOWED',
      param: 'model',
    });
    expect(headers).toEqual({});
  });

  it('stop a name that stands for nothing', () => {
    const unknown = () => {
      throw new Error('no such model');
    };
    for (const modelsOf of [() => [], unknown]) {
      expect(codeOf(ask(['openai/*'], 'gpt-9', { modelsOf }))).toEqual([403, 'SERVER_MODEL_NOT_ALLOWED']);
      // It is the router that says that there is none.
      expect(ask(['gpt-*'], 'gpt-9', { modelsOf })).not.toHaveProperty('error');
    }
  });

  it('hold for the models that a request falls back to', () => {
    const place = makePlace();
    const store = place.open();
    const budgets = [{ usd: 5, per: 'day' as const }];
    const { secret, key } = store.create({ name: 'ci', models: ['openai/*', 'fast'], budgets });
    const gatekeeper = gate(place, store);
    const askWith = (...fallbacks: string[]) =>
      gatekeeper.admit(bearer(secret), 'openai-chat', { ...question, model: 'openai/gpt-4o-mini' }, fallbacks);
    expect(askWith('gpt-4o', 'anthropic/claude')).toMatchObject({
      error: { status: 403, message: expect.stringContaining('anthropic/claude') },
    });
    // Reserved for the dearest of them.
    expect(askWith('fast', 'gpt-4o')).toMatchObject({ key });
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 1.1 }]);
  });

  it('wait until it is known what a name stands for', async () => {
    const place = makePlace();
    const store = place.open();
    const { secret, key } = store.create({ name: 'ci', models: ['openai/*'] });
    const later = (models: Promise<readonly string[]>) =>
      gate(place, store, { modelsOf: () => models }).admit(bearer(secret), 'openai-chat', { ...question, model: 'x' });
    expect(await later(Promise.resolve(['openai/x']))).toMatchObject({ key });
    expect(codeOf(await later(Promise.resolve(['groq/x'])))).toEqual([403, 'SERVER_MODEL_NOT_ALLOWED']);
    expect(codeOf(await later(Promise.reject(new Error('no list'))))).toEqual([403, 'SERVER_MODEL_NOT_ALLOWED']);
  });

  it('tell what of a list a key may use', () => {
    const place = makePlace();
    const store = place.open();
    const gatekeeper = gate(place, store);
    const { key } = store.create({ name: 'ci', models: ['openai/*', 'fast'] });
    const list = ['openai/gpt-4o', 'groq/llama-3', 'fast'];
    expect(list.filter((name) => gatekeeper.mayUse(key, name))).toEqual(['openai/gpt-4o', 'fast']);
    expect(list.filter((name) => gatekeeper.mayUse(undefined, name))).toEqual(list);
  });
});

describe.skipIf(sqliteMissing)('a budget', () => {
  const setUp = (budgets: { usd: number; per: 'hour' | 'day' | 'total' }[]) => {
    const place = makePlace();
    const store = place.open();
    const { secret, key } = store.create({ name: 'ci', budgets });
    const gatekeeper = gate(place, store);
    return { place, store, key, ask: (body = question) => admit(gatekeeper, bearer(secret), body) };
  };

  it('holds back the most that a request may cost, and settles what it did', () => {
    // 10 tokens in, 100 out.
    const { store, key, ask, place } = setUp([{ usd: 2, per: 'day' }]);
    const first = admitted(ask());
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 1.1, spentUsd: 0 }]);
    const { error, headers } = refused(ask());
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'SERVER_BUDGET_HELD' });
    expect(headers).toEqual({ 'retry-after': '1' });
    first.settle(0.2, { inputTokens: 9, outputTokens: 11 });
    admitted(ask()).settle(undefined);
    admitted(ask({ ...question, model: 'fast', max_tokens: 600 })).settle(0);
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 0, spentUsd: 1.3 }]);
    place.now += aMoment;
    expect(codeOf(ask({ ...question, max_tokens: 61 }))).toEqual([429, 'insufficient_quota']);
    admitted(ask({ ...question, max_tokens: 60 })).settle(0);
  });

  it('once used up says until when, and that trying again is in vain', () => {
    const { ask, place } = setUp([
      { usd: 2, per: 'hour' },
      { usd: 50, per: 'day' },
    ]);
    admitted(ask()).settle(2);
    const { error, headers } = refused(ask());
    expect(error).toEqual({
      status: 429,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message:
        'The key "ci" has $0.00 left of its budget of $2.00 an hour, and this request may cost $1.10. It begins anew at 2026-11-21T16:00:00.000Z. Wait until then, ask for fewer output tokens, or have the budget raised.',
    });
    expect(headers).toEqual({ 'x-should-retry': 'false', 'retry-after': '1800' });
    place.now += 30 * 60_000 - 1;
    expect(refused(ask()).headers['retry-after']).toBe('1');
    place.now += 1;
    admitted(ask());
  });

  it('that never comes back says no time, nor does one that is too small for the request', () => {
    const total = setUp([{ usd: 1.1, per: 'total' }]);
    admitted(total.ask()).settle(1);
    expect(refused(total.ask()).headers).toEqual({ 'x-should-retry': 'false' });
    expect(refused(total.ask()).error.message).toMatch(/Have the budget raised\.$/);
    const small = setUp([{ usd: 1, per: 'day' }]);
    expect(refused(small.ask()).headers).toEqual({ 'x-should-retry': 'false' });
    expect(refused(small.ask()).error.message).toContain('Ask for fewer output tokens');
    admitted(small.ask({ ...question, max_tokens: 5 }));
  });

  it('reads in both protocols as what their clients know', () => {
    const { ask } = setUp([{ usd: 1.1, per: 'day' }]);
    admitted(ask()).settle(1.1);
    const { error } = refused(ask());
    expect(formats['openai-chat'].encodeError(error)).toMatchObject({
      error: { type: 'insufficient_quota', code: 'insufficient_quota' },
    });
    expect(formats['anthropic-messages'].encodeError(error)).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error' },
    });
    const missing = { status: 401, type: 'authentication_error', code: 'SERVER_KEY_MISSING', message: '…' };
    for (const protocol of ['openai-chat', 'anthropic-messages'] as const) {
      const body = formats[protocol].encodeError(missing satisfies ErrorInfo);
      expect(body).toMatchObject({ error: { type: 'authentication_error' } });
    }
  });

  it('is not asked for what has no price, while anything is left', () => {
    const { ask } = setUp([{ usd: 1, per: 'day' }]);
    const local = { ...question, model: 'ollama/llama' };
    admitted(ask(local)).settle(0);
    admitted(ask(local)).settle(1);
    expect(codeOf(ask(local))).toEqual([429, 'insufficient_quota']);
  });

  it('counts every answer of a request, at the dearest model that may give it', () => {
    const estimate = createCostEstimate({
      costOf: (model, { inputTokens, outputTokens }) => prices[model] && prices[model] * (inputTokens + outputTokens),
      inputTokensOf: () => 10,
    });
    const of = (body: JsonObject, ...models: string[]) => estimate('openai-chat', body, models);
    expect(of({ max_tokens: 90 }, 'openai/gpt-4o-mini', 'openai/gpt-4o', 'groq/llama')).toBeCloseTo(1, 9);
    expect(of({ max_completion_tokens: 10, n: 4 }, 'openai/gpt-4o')).toBeCloseTo(0.5, 9);
    expect(of({ max_output_tokens: 0 }, 'openai/gpt-4o')).toBeCloseTo(10.1, 9);
    expect(of({}, 'groq/llama')).toBeUndefined();
    expect(of({})).toBeUndefined();
    // Vectors are no tokens, and counting is free.
    expect(estimate('openai-embeddings', { max_tokens: 90 }, ['openai/gpt-4o'])).toBeCloseTo(0.1, 9);
    expect(estimate('anthropic-count-tokens', { max_tokens: 90 }, ['groq/llama'])).toBe(0);
  });
});

describe.skipIf(sqliteMissing)('a key file that cannot be read', () => {
  it('lets nobody in, and keeps no promise hanging', async () => {
    const { writeFileSync, mkdirSync } = await import('node:fs');
    const { dirname } = await import('node:path');
    const place = makePlace();
    mkdirSync(dirname(place.path), { recursive: true });
    writeFileSync(place.path, 'damaged '.repeat(1000));
    const gatekeeper = gate(place, place.open());
    expect(codeOf(admit(gatekeeper, {}))).toEqual([503, 'SERVER_KEYS_UNAVAILABLE']);
    expect(gatekeeper.identify({})).toMatchObject({ error: { status: 503 }, headers: { 'retry-after': '1' } });
    expect(gatekeeper.limitsOf('key:x')).toBeUndefined();
    expect(place.errors.length).toBeGreaterThan(0);
    // Where the file is is nothing to tell a client.
    expect(refused(admit(gatekeeper, {})).error.message).not.toContain(place.folder);
  });
});

describe.skipIf(sqliteMissing)('a secret', () => {
  it('is in no refusal and in nothing that went wrong', () => {
    const place = makePlace();
    const store = place.open();
    const { secret } = store.create({ name: 'ci', models: ['fast'], budgets: [{ usd: 0, per: 'day' }] });
    const gatekeeper = gate(place, store);
    const seen: unknown[] = [];
    const look = (headers: IncomingHttpHeaders, model: string) =>
      seen.push(admit(gatekeeper, headers, { ...question, model }));
    look(bearer(secret), 'other');
    look(bearer(secret), 'fast');
    look(bearer(`${secret}x`), 'fast');
    store.update('ci', { disabled: true });
    look(bearer(secret), 'fast');
    for (const run of [
      () => store.update(secret, {}),
      () => store.rotate(secret),
      () => store.delete(secret),
      () => store.create({ name: secret }),
    ]) {
      expect(run).toThrow();
      try {
        run();
      } catch (error) {
        seen.push(String(error), (error as Error).stack, JSON.stringify(error));
      }
    }
    store.close();
    seen.push(admit(gatekeeper, bearer(secret)), ...place.errors.map(String));
    expect(seen).toHaveLength(4 + 12 + 1 + place.errors.length);
    expect(JSON.stringify(seen)).not.toContain(secret.slice(8));
  });
});
