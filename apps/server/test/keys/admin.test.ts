import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instanceHeader, instanceId } from '@hotpath/runtime';
import { fastify, type InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { openAdminKey } from '../../src/admin-key.ts';
import { createGuard } from '../../src/guard.ts';
import { registerRefusals } from '../../src/refusals.ts';
import { type AdminRoutesOptions, registerAdminRoutes } from '../../src/routes/admin.ts';
import { day, makePlace, sqliteMissing, start } from './support.ts';

const adminKey = 'an admin key that is long enough, and no more';
const authorized = { authorization: `Bearer ${adminKey}` };

/** An app as the server makes it, with the admin routes alone. */
const setUp = (options: Partial<AdminRoutesOptions> = {}) => {
  const place = makePlace();
  const store = place.open();
  const app = fastify({ bodyLimit: 10_000 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const faults: unknown[] = [];
  registerAdminRoutes(app, {
    store,
    adminKey: openAdminKey({ folder: place.folder, environment: { HOTPATH_ADMIN_KEY: adminKey } }),
    health: () => [],
    guard: createGuard('127.0.0.1'),
    now: () => place.now,
    onError: (error) => faults.push(error),
    ...options,
  });
  registerRefusals(app, 10_000);
  const call = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    extra: Partial<InjectOptions> = {},
  ) => {
    const { body, ...others } = extra;
    const reply = await app.inject({
      method,
      url: `/admin/v1${path}`,
      ...others,
      headers: {
        ...authorized,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...others.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const json = reply.body === '' ? undefined : reply.json();
    expect(reply.headers['cache-control']).toBe('no-store');
    return { status: reply.statusCode, headers: reply.headers, body: json, text: reply.body };
  };
  const create = async (body: object) => (await call('POST', '/keys', { body })).body;
  return { place, store, app, call, create, faults };
};

describe.skipIf(sqliteMissing)('the admin API', () => {
  it('makes, shows, lists, changes, rotates and deletes keys, and tells each secret once', async () => {
    const { call, place, store } = setUp();
    const created = await call('POST', '/keys', {
      body: {
        name: 'ci',
        team: 'docs',
        tags: ['a'],
        models: ['openai/*'],
        expiresAt: '2027-01-31T00:00:00Z',
        limits: { requestsPerMinute: 60 },
        budgets: [{ usd: 10, per: 'day' }],
      },
    });
    expect(created.status).toBe(201);
    const { secret, ...view } = created.body;
    expect(view).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      name: 'ci',
      status: 'active',
      prefix: secret.slice(0, 8),
      createdAt: '2026-11-21T15:30:00.000Z',
      updatedAt: '2026-11-21T15:30:00.000Z',
      expiresAt: '2027-01-31T00:00:00.000Z',
      lastUsedAt: null,
      disabled: false,
      tags: ['a'],
      team: 'docs',
      models: ['openai/*'],
      limits: { requestsPerMinute: 60 },
      budgets: [{ usd: 10, per: 'day', spentUsd: 0, resetsAt: '2026-11-22T00:00:00.000Z' }],
      cacheScope: null,
      secrets: [{ prefix: secret.slice(0, 8), createdAt: '2026-11-21T15:30:00.000Z', expiresAt: null }],
    });
    expect(store.verify(secret)?.key.name).toBe('ci');
    expect(await call('GET', `/keys/${view.id}`)).toMatchObject({ status: 200, body: view });
    expect(await call('GET', '/keys')).toMatchObject({ status: 200, body: { keys: [view], next: null } });

    const changed = await call('PATCH', `/keys/${view.id}`, { body: { disabled: true, limits: { concurrency: 1 } } });
    expect(changed.body).toMatchObject({ status: 'disabled', limits: { requestsPerMinute: 60, concurrency: 1 } });
    place.now += 1000;
    const rotated = await call('POST', `/keys/${view.id}/rotate`, { body: { graceMs: 0 } });
    expect(rotated).toMatchObject({ status: 200, body: { id: view.id, prefix: rotated.body.secret.slice(0, 8) } });
    expect(store.verify(secret)?.secretExpiresAt).toBe(place.now);
    const again = await call('POST', `/keys/${view.id}/rotate`);
    expect(again.body.secret).not.toBe(rotated.body.secret);
    const shown = [changed, await call('GET', `/keys/${view.id}`), await call('GET', '/keys')];
    for (const { text } of shown) {
      for (const each of [secret, rotated.body.secret, again.body.secret]) expect(text).not.toContain(each.slice(8));
    }

    expect(await call('DELETE', `/keys/${view.id}`)).toMatchObject({ status: 204, text: '' });
    expect(await call('GET', `/keys/${view.id}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'KEYS_UNKNOWN' } },
    });
    expect(await call('DELETE', `/keys/${view.id}`)).toMatchObject({ status: 404 });
  });

  it('lists by pages', async () => {
    const { call, create } = setUp();
    for (const name of ['c', 'a', 'b']) await create({ name });
    const first = (await call('GET', '/keys?limit=2')).body;
    expect([first.keys.map(({ name }: { name: string }) => name), first.next]).toEqual([['a', 'b'], 'b']);
    const second = (await call('GET', `/keys?limit=2&after=${first.next}`)).body;
    expect([second.keys.map(({ name }: { name: string }) => name), second.next]).toEqual([['c'], null]);
  });

  it('tells what was spent, to the last call', async () => {
    const { call, create, store, place } = setUp();
    const ci = await create({ name: 'ci', team: 'docs' });
    await create({ name: 'idle' });
    const spend = (usd: number) => {
      const key = store.find('ci');
      const verdict = key && store.spending.reserve(key, usd);
      if (verdict?.granted) verdict.settle(usd, { inputTokens: 10, outputTokens: 5 });
    };
    spend(1);
    place.now += day;
    spend(2);
    const row = {
      keyId: ci.id,
      name: 'ci',
      team: 'docs',
      deleted: false,
      requests: 1,
      inputTokens: 10,
      outputTokens: 5,
    };
    expect((await call('GET', '/spending')).body).toEqual({
      period: 'day',
      spending: [
        {
          ...row,
          period: 'day',
          start: '2026-11-22T00:00:00.000Z',
          costUsd: 2,
          lastUsedAt: '2026-11-22T15:30:00.000Z',
        },
        {
          ...row,
          period: 'day',
          start: '2026-11-21T00:00:00.000Z',
          costUsd: 1,
          lastUsedAt: '2026-11-21T15:30:00.000Z',
        },
      ],
      isComplete: true,
    });
    expect((await call('GET', '/spending?since=2026-11-22')).body.spending).toHaveLength(1);
    expect((await call('GET', '/spending?limit=1')).body).toMatchObject({
      spending: [{ costUsd: 2 }],
      isComplete: false,
    });
    await call('DELETE', '/keys/ci');
    expect((await call('GET', `/spending?period=total&key=${ci.id}`)).body.spending).toMatchObject([
      { costUsd: 3, start: null, deleted: true, requests: 2 },
    ]);
    expect((await call('GET', '/spending?key=idle')).body.spending).toEqual([]);
  });

  it('tells how the models fare', async () => {
    const targets = [{ provider: 'sim', model: 'sim-1', isAvailable: true }] as never;
    const { call } = setUp({ health: () => targets });
    expect(await call('GET', '/health')).toMatchObject({ status: 200, body: { targets } });
  });

  it.each([
    ['POST', '/keys', undefined, 'ADMIN_BODY_INVALID'],
    ['POST', '/keys', '', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys', '{"name": "ci', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys', '[]', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys', 'null', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys', '{}', 'KEYS_SETTINGS_INVALID', 'name'],
    ['POST', '/keys', '{"name": "x", "budget": 5}', 'KEYS_SETTINGS_INVALID', 'budget'],
    ['POST', '/keys', '{"name": "x", "id": "0"}', 'KEYS_SETTINGS_INVALID', 'id'],
    ['PATCH', '/keys/ci', '{"budgets": [{"usd": "5", "per": "day"}]}', 'KEYS_SETTINGS_INVALID', 'budgets[0].usd'],
    ['PATCH', '/keys/ci', '{"expiresAt": "2020-01-01"}', 'KEYS_SETTINGS_INVALID', 'expiresAt'],
    ['PATCH', '/keys/ci', '{"__proto__": {"disabled": true}}', 'KEYS_SETTINGS_INVALID', '__proto__'],
    ['POST', '/keys/ci/rotate', '{"graceMs": "1h"}', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys/ci/rotate', '{"grace": 1}', 'ADMIN_BODY_INVALID'],
    ['POST', '/keys/ci/rotate', '{"graceMs": -1}', 'KEYS_SETTINGS_INVALID', 'graceMs'],
    ['GET', '/keys?limit=0', undefined, 'ADMIN_QUERY_INVALID', 'limit'],
    ['GET', '/keys?limit=1&limit=2', undefined, 'ADMIN_QUERY_INVALID', 'limit'],
    ['GET', '/keys?page=2', undefined, 'ADMIN_QUERY_INVALID', 'page'],
    ['GET', '/spending?period=year', undefined, 'ADMIN_QUERY_INVALID', 'period'],
    ['GET', '/spending?since=lately', undefined, 'ADMIN_QUERY_INVALID', 'since'],
  ] as const)('refuses %s %s with %s', async (method, path, body, code, param?: string) => {
    const { call, create, store } = setUp();
    await create({ name: 'ci' });
    const before = store.list();
    const { status, body: answer } = await call(method, path, body === undefined ? {} : { body });
    expect([status, answer.error.code, answer.error.param]).toEqual([400, code, param]);
    expect(answer.error.message).toMatch(/\.$/);
    expect(store.list()).toEqual(before);
  });

  it('refuses names that are taken, bodies that are too large and paths there are not', async () => {
    const { call, create } = setUp();
    await create({ name: 'ci' });
    expect(await call('POST', '/keys', { body: { name: 'ci' } })).toMatchObject({
      status: 409,
      body: { error: { code: 'KEYS_NAME_TAKEN', param: 'name' } },
    });
    expect(await call('POST', '/keys', { body: { name: 'x'.repeat(20_000) } })).toMatchObject({ status: 413 });
    expect(await call('POST', '/keys', { body: 'name=ci', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 415,
      body: { error: { code: 'ADMIN_BODY_INVALID' } },
    });
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['DELETE', '/keys'],
      ['GET', '/keys/ci/rotate'],
    ] as const) {
      expect(await call(method, path)).toMatchObject({ status: 404, body: { error: { code: 'ADMIN_NOT_FOUND' } } });
    }
  });

  it('opens with its own key alone', async () => {
    const { app, call, create } = setUp();
    const { secret } = await create({ name: 'ci' });
    const wrong = [`${adminKey}x`, adminKey.slice(1), secret, 'x'].map((key) => ({ authorization: `Bearer ${key}` }));
    for (const path of ['/keys', '/keys/ci', '/spending', '/health', '/nothing']) {
      for (const headers of [...wrong, { authorization: '', 'x-api-key': secret }]) {
        const { status, body } = await call('GET', path, { headers });
        expect([status, body.error.code]).toEqual([401, 'ADMIN_KEY_WRONG']);
      }
    }
    const missing = await app.inject({ method: 'POST', url: '/admin/v1/keys' });
    expect(missing.statusCode).toBe(401);
    expect(missing.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
    expect(missing.json().error.code).toBe('ADMIN_KEY_MISSING');
    expect((await call('GET', '/keys', { headers: { authorization: '', 'x-api-key': adminKey } })).status).toBe(200);
  });

  it.each([
    ['another machine', { remoteAddress: '192.168.1.7' }, 'ADMIN_NOT_LOCAL'],
    ['another machine by IPv6', { remoteAddress: '2001:db8::7' }, 'ADMIN_NOT_LOCAL'],
    ['a proxy', { headers: { 'x-forwarded-for': '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy by the standard', { headers: { forwarded: 'for=203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy that says x-real-ip', { headers: { 'x-real-ip': '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy that says via', { headers: { via: '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy that says cf-connecting-ip', { headers: { 'cf-connecting-ip': '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy that says true-client-ip', { headers: { 'true-client-ip': '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a proxy that says x-forwarded-host', { headers: { 'x-forwarded-host': '203.0.113.9' } }, 'ADMIN_NOT_LOCAL'],
    ['a page that took our address', { headers: { host: 'evil.example:4000' } }, 'ADMIN_NOT_LOCAL'],
    ['a page from elsewhere', { headers: { origin: 'https://evil.example' } }, 'SERVER_ORIGIN_REFUSED'],
    ['no page in particular', { headers: { origin: 'null' } }, 'SERVER_ORIGIN_REFUSED'],
  ])('does not answer %s, whatever key it has', async (_, extra, code) => {
    const { call } = setUp();
    const { status, body } = await call('GET', '/keys', extra);
    expect([status, body.error.code]).toEqual([403, code]);
  });

  it('does not answer itself', async () => {
    const { status, body } = await setUp().call('GET', '/keys', { headers: { [instanceHeader]: instanceId() } });
    expect([status, body.error.code]).toEqual([508, 'SERVER_LOOP']);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('answers its own machine by %s', async (remoteAddress) => {
    for (const host of ['localhost:4000', '127.0.0.1', '[::1]:4000']) {
      expect((await setUp().call('GET', '/keys', { remoteAddress, headers: { host } })).status).toBe(200);
    }
  });

  it('answers other machines where it was told to', async () => {
    const { call } = setUp({ remote: true, guard: createGuard('0.0.0.0') });
    const extra = { remoteAddress: '192.168.1.7', headers: { host: 'gateway.example' } };
    expect((await call('GET', '/keys', extra)).status).toBe(200);
    const headers = { ...extra.headers, authorization: 'Bearer wrong' };
    expect((await call('GET', '/keys', { ...extra, headers })).status).toBe(401);
  });

  it('says that the file cannot be used, and keeps other faults to itself', async () => {
    const { call, place, faults } = setUp();
    mkdirSync(join(place.folder, 'state'));
    writeFileSync(place.path, 'damaged '.repeat(1000));
    const { status, body } = await call('GET', '/keys');
    expect([status, body.error.code]).toEqual([503, 'KEYS_FILE_UNUSABLE']);
    const broken = setUp({
      health: () => {
        throw new Error('a detail');
      },
    });
    expect(await broken.call('GET', '/health')).toMatchObject({
      status: 500,
      body: { error: { code: 'ADMIN_INTERNAL', message: expect.not.stringContaining('a detail') } },
    });
    expect([faults.length, broken.faults.length]).toEqual([1, 1]);
  });
});

describe('the admin key', () => {
  const keyIn = (path: string | undefined): string => readFileSync(path ?? '', 'utf8').trim();

  it('is made at the first start, for this user alone, and stays', () => {
    const { folder } = makePlace();
    const state = join(folder, 'deep', 'state');
    const first = openAdminKey({ folder: state, environment: {} });
    expect(first.path).toBe(join(state, 'admin.key'));
    expect(keyIn(first.path)).toMatch(/^hp-admin-[\w-]{43}$/);
    if (process.platform !== 'win32') expect(statSync(first.path ?? '').mode & 0o777).toBe(0o600);
    const bearer = { authorization: `Bearer ${keyIn(first.path)}` };
    expect(first.opens(bearer)).toBe(true);
    expect(openAdminKey({ folder: state, environment: {} }).opens(bearer)).toBe(true);
    expect(first.opens({ authorization: 'Bearer ' })).toBe(false);
    expect(first.opens({})).toBe(false);
  });

  it('comes from the environment where it is there', () => {
    const { folder } = makePlace();
    const given = openAdminKey({ folder, environment: { HOTPATH_ADMIN_KEY: ` ${adminKey}\n` } });
    expect(given.path).toBeUndefined();
    expect(given.opens(authorized)).toBe(true);
    expect(existsSync(join(folder, 'admin.key'))).toBe(false);
  });

  it.each([
    ['too short', { HOTPATH_ADMIN_KEY: 'secret' }, undefined, 'openssl rand -hex 32'],
    ['an empty file', {}, '', 'holds no admin key'],
  ])('must not be %s', (_, environment, content, message) => {
    const { folder } = makePlace();
    if (content !== undefined) writeFileSync(join(folder, 'admin.key'), content, { mode: 0o600 });
    expect(() => openAdminKey({ folder, environment })).toThrow(message);
    expect(() => openAdminKey({ folder, environment })).toThrow(
      expect.objectContaining({ code: 'KEYS_ADMIN_KEY_INVALID', message: expect.not.stringContaining('secret ') }),
    );
  });

  it.skipIf(process.platform === 'win32')('must not be readable by others', () => {
    const { folder } = makePlace();
    const { path } = openAdminKey({ folder, environment: {} });
    chmodSync(path ?? '', 0o640);
    expect(() => openAdminKey({ folder, environment: {} })).toThrow(/Others can read .* Delete the file/);
    expect(() => openAdminKey({ folder: join(path ?? '', 'below'), environment: {} })).toThrow('set HOTPATH_ADMIN_KEY');
  });
});

it('starts at a time of which the tests know the calendar', () => {
  expect(new Date(start).toISOString()).toBe('2026-11-21T15:30:00.000Z');
});
