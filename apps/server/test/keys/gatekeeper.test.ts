import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { anonymousAllowed } from '../../src/keys/exposure.ts';
import type { Gatekeeper, GatekeeperOptions } from '../../src/keys/gatekeeper.ts';
import { admit, admitted, bearer, codeOf, gate, question, refused } from './gate.ts';
import { day, hour, makePlace, sqliteMissing, start } from './support.ts';

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
