import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NewKey } from '../../src/keys/virtual-key.ts';
import { aMoment, codeOf, day, hour, makePlace, sqliteMissing, start } from './support.ts';

describe.skipIf(sqliteMissing)('a key', () => {
  it('opens with its secret, which is told once and kept as a hash alone', () => {
    const place = makePlace();
    const store = place.open();
    const { key, secret } = store.create({ name: 'ci' });
    expect(secret).toMatch(/^hp-[\w-]{43}$/);
    expect(key).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      name: 'ci',
      createdAt: start,
      updatedAt: start,
      expiresAt: null,
      disabled: false,
      tags: [],
      team: null,
      models: null,
      limits: {},
      budgets: [],
      cacheScope: null,
      secrets: [{ prefix: secret.slice(0, 8), createdAt: start, expiresAt: null }],
    });
    expect(store.verify(secret)).toMatchObject({ key, secretExpiresAt: null });
    store.close();
    // Not in any file beside it either.
    for (const name of readdirSync(dirname(place.path))) {
      const bytes = readFileSync(join(dirname(place.path), name));
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(secret.slice(8))).toBe(false);
    }
    expect(place.open().verify(secret)).toMatchObject({ key });
  });

  it('has a secret like no other', () => {
    const store = makePlace().open();
    const secrets = Array.from({ length: 50 }, (_, index) => store.create({ name: `k${index}` }).secret);
    expect(new Set(secrets).size).toBe(50);
    expect(new Set(store.list().map(({ id }) => id)).size).toBe(50);
  });

  it.each([
    ['another', `hp-${'A'.repeat(43)}`],
    ['one cut short', 'hp-AAAA'],
    ['nothing', ''],
    ['a provider key', 'sk-proj-123456'],
    ['one with a foreign character', `hp-${'A'.repeat(42)}!`],
  ])('does not open with %s', (_, secret) => {
    const store = makePlace().open();
    store.create({ name: 'ci' });
    expect(store.verify(secret)).toBeUndefined();
  });

  it('does not open with its own secret and something after it', () => {
    const store = makePlace().open();
    const { secret } = store.create({ name: 'ci' });
    for (const wrong of [`${secret} `, `${secret}\n`, secret.slice(0, -1), secret.toUpperCase(), secret.slice(3)]) {
      expect(store.verify(wrong)).toBeUndefined();
    }
  });

  it('keeps every setting, in all processes', () => {
    const place = makePlace();
    const settings: NewKey = {
      name: 'Docs · preview',
      expiresAt: start + day,
      disabled: true,
      tags: ['a', 'b'],
      team: 'docs',
      models: ['openai/gpt-*', 'fast'],
      limits: { concurrency: 2, requestsPerMinute: 0, tokensPerMinute: 1000 },
      budgets: [
        { usd: 1.5, per: 'day' },
        { usd: 0, per: 'total' },
      ],
      cacheScope: 'team',
    };
    const { key } = place.open().create(settings);
    expect(key).toMatchObject(settings);
    expect(place.open().find('Docs · preview')).toEqual(key);
    expect(place.open().find(key.id)).toEqual(key);
  });

  it('is called like no other, by name or id', () => {
    const store = makePlace().open();
    const { key } = store.create({ name: 'ci' });
    const other = store.create({ name: 'other' }).key;
    expect(codeOf(() => store.create({ name: 'ci' }))).toBe('KEYS_NAME_TAKEN');
    expect(codeOf(() => store.create({ name: key.id }))).toBe('KEYS_NAME_TAKEN');
    expect(codeOf(() => store.update('other', { name: 'ci' }))).toBe('KEYS_NAME_TAKEN');
    expect(store.update('other', { name: 'other', team: 'docs' })).toMatchObject({ id: other.id, team: 'docs' });
    store.delete('ci');
    expect(store.create({ name: 'ci' }).key.id).not.toBe(key.id);
  });

  it('changes in what is named alone', () => {
    const place = makePlace();
    const store = place.open();
    const { key, secret } = store.create({ name: 'ci', tags: ['a'], limits: { concurrency: 2, tokensPerMinute: 5 } });
    expect(store.verify(secret)?.key.tags).toEqual(['a']);
    place.now += hour;
    const changed = store.update('ci', {
      team: 'docs',
      tags: undefined,
      limits: { concurrency: null, requestsPerMinute: 7 },
    });
    expect(changed).toEqual({
      ...key,
      team: 'docs',
      limits: { requestsPerMinute: 7, tokensPerMinute: 5 },
      updatedAt: start + hour,
    });
    expect(store.verify(secret)?.key).toEqual(changed);
    expect(store.update(key.id, { team: null }).team).toBeNull();
  });

  it('is gone once deleted, with its settings', () => {
    const place = makePlace();
    const store = place.open();
    const { key, secret } = store.create({ name: 'ci' });
    expect(store.verify(secret)).toBeDefined();
    store.delete('ci');
    expect(store.verify(secret)).toBeUndefined();
    expect(store.byId(key.id)).toBeUndefined();
    expect(store.list()).toEqual([]);
    const database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(place.path);
    expect(database.prepare('SELECT count(*) AS left FROM secrets').get()).toEqual({ left: 0 });
    expect(database.prepare('SELECT settings FROM keys').get()).toEqual({ settings: '{}' });
    database.close();
    for (const run of [() => store.delete('ci'), () => store.update('ci', {}), () => store.rotate(key.id)]) {
      expect(codeOf(run)).toBe('KEYS_UNKNOWN');
    }
  });

  it('stays the same object while it is the same, whatever happens to others', () => {
    const store = makePlace().open();
    const { secret, key } = store.create({ name: 'ci', limits: { concurrency: 2 } });
    const before = store.verify(secret)?.key;
    const { limits } = store.byId(key.id) ?? {};
    store.create({ name: 'other' });
    expect(store.verify(secret)?.key).toBe(before);
    expect(store.byId(key.id)?.limits).toBe(limits);
    store.update('ci', { limits: { concurrency: 3 } });
    expect(store.byId(key.id)?.limits).toEqual({ concurrency: 3 });
  });
});

describe.skipIf(sqliteMissing)('a rotation', () => {
  it('gives a new secret and leaves the old one for a while', () => {
    const place = makePlace();
    const store = place.open();
    const first = store.create({ name: 'ci' });
    const second = store.rotate('ci', { graceMs: hour });
    expect(second.key.id).toBe(first.key.id);
    expect(second.secret).not.toBe(first.secret);
    expect(store.verify(first.secret)).toMatchObject({ key: second.key, secretExpiresAt: start + hour });
    expect(store.verify(second.secret)).toMatchObject({ key: second.key, secretExpiresAt: null });
    expect(second.key.secrets).toEqual([
      { prefix: second.secret.slice(0, 8), createdAt: start, expiresAt: null },
      { prefix: first.secret.slice(0, 8), createdAt: start, expiresAt: start + hour },
    ]);
  });

  it('never makes an older secret live longer', () => {
    const place = makePlace();
    const store = place.open();
    const { secret } = store.create({ name: 'ci' });
    store.rotate('ci', { graceMs: hour });
    store.rotate('ci', { graceMs: day });
    expect(store.verify(secret)?.secretExpiresAt).toBe(start + hour);
    store.rotate('ci', { graceMs: 0 });
    expect(store.verify(secret)?.secretExpiresAt).toBe(start);
    // Those that ended before are forgotten, the one that works is not.
    place.now += 1;
    const last = store.rotate('ci', { graceMs: 0 });
    expect(store.verify(secret)).toBeUndefined();
    expect(store.verify(last.secret)?.secretExpiresAt).toBeNull();
    expect(last.key.secrets).toHaveLength(2);
  });

  it('wants a grace that is a time', () => {
    const store = makePlace().open();
    store.create({ name: 'ci' });
    for (const graceMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 400 * day]) {
      expect(codeOf(() => store.rotate('ci', { graceMs }))).toBe('KEYS_SETTINGS_INVALID');
    }
    expect(store.find('ci')?.secrets).toHaveLength(1);
  });
});

describe.skipIf(sqliteMissing)('several stores on one file', () => {
  it('heed each other within a moment', () => {
    const place = makePlace();
    const server = place.open();
    const { secret } = server.create({ name: 'ci' });
    const cli = place.open();
    expect(server.verify(secret)?.key.disabled).toBe(false);
    cli.update('ci', { disabled: true });
    // What it looked at a moment ago may still hold.
    expect(server.verify(secret)?.key.disabled).toBe(false);
    place.now += aMoment;
    expect(server.verify(secret)?.key.disabled).toBe(true);
    cli.delete('ci');
    place.now += aMoment;
    expect(server.verify(secret)).toBeUndefined();
    expect(server.hasKeys()).toBe(false);
  });

  it('know a new secret at once', () => {
    const place = makePlace();
    const server = place.open();
    server.create({ name: 'first' });
    const cli = place.open();
    expect(server.verify(cli.create({ name: 'ci' }).secret)?.key.name).toBe('ci');
    expect(server.verify(cli.rotate('ci').secret)?.key.name).toBe('ci');
  });

  it('look again although the clock was set back', () => {
    const place = makePlace();
    const server = place.open();
    const { secret } = server.create({ name: 'ci' });
    expect(server.verify(secret)?.key.disabled).toBe(false);
    place.open().update('ci', { disabled: true });
    place.now -= hour;
    expect(server.verify(secret)?.key.disabled).toBe(true);
  });

  it('do not read keys again because money was spent', () => {
    const place = makePlace();
    const server = place.open();
    const { secret, key } = server.create({ name: 'ci', budgets: [{ usd: 9, per: 'day' }] });
    const other = place.open();
    const spend = () => {
      const reservation = other.spending.reserve(key, 1);
      if (reservation.granted) reservation.settle(1);
      other.spending.flush();
      place.now += aMoment;
    };
    // The first look at the file may still find what this store wrote itself.
    server.verify(secret);
    spend();
    const before = server.verify(secret);
    const spent = server.spending.budgetsOf(key);
    spend();
    expect(server.verify(secret)).toBe(before);
    expect(server.spending.budgetsOf(key)).not.toEqual(spent);
  });
});
