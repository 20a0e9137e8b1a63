import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channels } from '../../src/events.ts';
import { aMoment, codeOf, makePlace, sqliteMissing } from './support.ts';

describe.skipIf(sqliteMissing)('the key file', () => {
  it('comes with all the folders that are missing', () => {
    const place = makePlace();
    const path = join(place.folder, 'one', 'two', 'keys.sqlite');
    place.open({ path }).create({ name: 'ci' });
    expect(statSync(join(place.folder, 'one')).mode & 0o777).toBe(0o700);
    expect(existsSync(path)).toBe(true);
  });

  it('is made by the first key alone, for this user alone', () => {
    const place = makePlace();
    const store = place.open();
    expect(store.hasKeys()).toBe(false);
    expect(store.list()).toEqual([]);
    expect(store.find('ci')).toBeUndefined();
    expect(store.verify(`hp-${'A'.repeat(43)}`)).toBeUndefined();
    expect(codeOf(() => store.delete('ci'))).toBe('KEYS_UNKNOWN');
    store.spending.flush();
    expect(existsSync(dirname(place.path))).toBe(false);
    store.create({ name: 'ci' });
    expect(store.hasKeys()).toBe(true);
    for (const name of readdirSync(dirname(place.path))) {
      expect(statSync(join(dirname(place.path), name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(dirname(place.path)).mode & 0o777).toBe(0o700);
  });

  it('tells who listens of each query, the failed ones as well', () => {
    const place = makePlace();
    const heard: unknown[] = [];
    const hear = (event: unknown): void => void heard.push(event);
    channels.keyQueryEnd.subscribe(hear);
    try {
      const store = place.open();
      store.create({ name: 'ci' });
      store.list();
      expect(codeOf(() => store.create({ name: 'ci' }))).toBe('KEYS_NAME_TAKEN');
    } finally {
      channels.keyQueryEnd.unsubscribe(hear);
    }
    const query = (operation: string) => ({ operation, durationMs: expect.any(Number) });
    expect(heard).toEqual([query('write'), query('read'), query('write')]);
  });

  it('is closed to others where it was not', () => {
    const place = makePlace();
    place.open().create({ name: 'ci' });
    chmodSync(place.path, 0o644);
    place.open().list();
    expect(statSync(place.path).mode & 0o777).toBe(0o600);
  });

  it('is heeded as soon as it comes, goes and is another', () => {
    const place = makePlace();
    const server = place.open();
    expect(server.hasKeys()).toBe(false);
    const { secret } = place.open().create({ name: 'ci' });
    place.now += aMoment;
    expect(server.hasKeys()).toBe(true);
    expect(server.verify(secret)).toBeDefined();
    for (const name of readdirSync(dirname(place.path))) {
      renameSync(join(dirname(place.path), name), join(place.folder, name));
    }
    place.now += aMoment;
    expect(server.verify(secret)).toBeUndefined();
    expect(server.hasKeys()).toBe(false);
    const other = place.open().create({ name: 'other' });
    place.now += aMoment;
    expect(server.verify(other.secret)).toBeDefined();
    expect(server.verify(secret)).toBeUndefined();
  });

  it.each([
    ['not a database', 'this is not a database, however long it is'.repeat(200)],
    ['cut short', 'SQLite format 3\0 and then nothing'],
  ])('is left alone where it is %s, and nobody gets in', (_, content) => {
    const place = makePlace();
    const server = place.open();
    expect(server.hasKeys()).toBe(false);
    mkdirSync(dirname(place.path), { recursive: true });
    writeFileSync(place.path, content);
    place.now += aMoment;
    expect(codeOf(() => server.hasKeys())).toBe('KEYS_FILE_UNUSABLE');
    expect(codeOf(() => server.verify(`hp-${'A'.repeat(43)}`))).toBe('KEYS_FILE_UNUSABLE');
    expect(codeOf(() => server.create({ name: 'ci' }))).toBe('KEYS_FILE_UNUSABLE');
    expect(readFileSync(place.path, 'utf8')).toBe(content);
    expect(place.errors).toHaveLength(1);
    rmSync(place.path);
    place.now += aMoment;
    expect(server.hasKeys()).toBe(false);
  });

  it('of another application or a newer release is not touched', () => {
    const sqlite = process.getBuiltinModule('node:sqlite');
    for (const pragma of ['application_id = 7', 'application_id = 0x48506b79; PRAGMA user_version = 99']) {
      const place = makePlace();
      mkdirSync(dirname(place.path), { recursive: true });
      const database = new sqlite.DatabaseSync(place.path);
      database.exec(`CREATE TABLE notes (text TEXT); PRAGMA ${pragma}`);
      database.close();
      const before = readFileSync(place.path);
      expect(codeOf(() => place.open().hasKeys())).toBe('KEYS_FILE_UNUSABLE');
      expect(codeOf(() => place.open().create({ name: 'ci' }))).toBe('KEYS_FILE_UNUSABLE');
      expect(readFileSync(place.path).equals(before)).toBe(true);
    }
  });

  it('that another process writes to is worth another try', () => {
    const place = makePlace();
    const store = place.open({ busyMs: 1 });
    const { secret } = store.create({ name: 'ci' });
    const writer = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(place.path);
    writer.exec('BEGIN IMMEDIATE');
    expect(codeOf(() => store.update('ci', { disabled: true }))).toBe('KEYS_FILE_BUSY');
    expect(store.verify(secret)?.key.disabled).toBe(false);
    writer.exec('COMMIT');
    writer.close();
    expect(store.update('ci', { disabled: true }).disabled).toBe(true);
  });

  it('is not used any more once the store is closed', () => {
    const store = makePlace().open();
    store.create({ name: 'ci' });
    store.close();
    store.close();
    expect(codeOf(() => store.list())).toBe('KEYS_FILE_UNUSABLE');
  });
});

describe.skipIf(sqliteMissing)('ten thousand keys', () => {
  it('are found, listed by pages and verified', () => {
    const place = makePlace();
    const store = place.open();
    store.create({ name: 'seed' });
    // As many creations would each wait for the disk.
    const database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(place.path);
    database.exec(`
      WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 10000)
      INSERT INTO keys (id, name, created_at, updated_at, revision, settings)
        SELECT printf('%012x', n), printf('key %05d', n), 0, 0, n, (SELECT settings FROM keys WHERE name = 'seed')
        FROM counted;
      UPDATE changes SET revision = 10001;
    `);
    database.close();
    place.now += aMoment;
    const names: string[] = [];
    for (let after = ''; ; ) {
      const page = store.list({ afterName: after, limit: 999 });
      names.push(...page.map(({ name }) => name));
      if (page.length < 999) break;
      after = page.at(-1)?.name ?? '';
    }
    expect(names).toHaveLength(10_001);
    expect(new Set(names).size).toBe(10_001);
    expect(names).toEqual([...names].sort());
    const { secret } = store.rotate('key 07777');
    expect(store.verify(secret)?.key).toMatchObject({ name: 'key 07777', id: '000000001e61' });
    expect(store.byId('000000001e61')?.name).toBe('key 07777');
  });
});
