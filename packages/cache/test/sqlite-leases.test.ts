import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { firstLine, startChild } from './support/child.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, read, sqliteStores, until, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

describeHeardAndUnheard('leases of sqliteStore', () => {
  it('go to one at a time, with tokens that grow', async () => {
    const path = newPath();
    const [one, other] = [start({ path }), start({ path })];
    const first = Number(await one.leases.acquire('key', 1_000));
    expect(await other.leases.acquire('key', 1_000)).toBeUndefined();
    expect(await one.leases.acquire('key', 1_000)).toBeUndefined();
    const elsewhere = Number(await other.leases.acquire('other key', 1_000));
    expect(elsewhere).toBeGreaterThan(first);
    await one.leases.release('key', first);
    const second = Number(await other.leases.acquire('key', 1_000));
    expect(second).toBeGreaterThan(elsewhere);
    await one.leases.release('key', first);
    expect(await one.leases.acquire('key', 1_000)).toBeUndefined();
  });

  it('tell keys apart, lone surrogates too', async () => {
    const store = start({ path: newPath() });
    for (const key of ['', 'a', 'A', '\ud800', '\udbff', '\ufffd']) {
      expect(await store.leases.acquire(key, 1_000)).toBeDefined();
    }
  });

  it('end by time, and are prolonged', async () => {
    let time = 1_000;
    const path = newPath();
    const [one, other] = [start({ path, now: () => time }), start({ path, now: () => time })];
    const token = Number(await one.leases.acquire('key', 1_000));
    time = 1_900;
    expect(await one.leases.extend('key', token, 1_000)).toBe(true);
    time = 2_500;
    expect(await other.leases.acquire('key', 1_000)).toBeUndefined();
    time = 2_900;
    expect(await other.leases.acquire('key', 1_000)).toBeGreaterThan(token);
    expect(await one.leases.extend('key', token, 1_000)).toBe(false);
  });

  it('show the next holder what was set under them, and nothing else has to be written for that', async () => {
    const path = newPath();
    const [one, other] = [start({ path, flushMs: 60_000 }), start({ path, flushMs: 60_000 })];
    const token = Number(await one.leases.acquire('key', 1_000));
    one.set('key', entry('value', { fence: token, version: one.invalidations.version() }), 'load');
    one.set('waits', entry('value'));
    expect(read(other, 'key')).toBeUndefined();
    await one.leases.release('key', token);
    expect(read(other, 'key')).toBe('value');
    expect(read(other, 'waits')).toBeUndefined();
  });

  it('keep the write of an older holder out, whether the newer has written yet or not', async () => {
    let time = 1_000;
    const path = newPath();
    const [one, other] = [start({ path, now: () => time }), start({ path, now: () => time })];
    const slow = Number(await one.leases.acquire('key', 1_000));
    time = 3_000;
    const quick = Number(await other.leases.acquire('key', 1_000));
    one.set('key', entry('slow', { fence: slow }), 'load');
    one.flush();
    expect(read(other, 'key')).toBeUndefined();
    other.set('key', entry('quick', { fence: quick }), 'load');
    await other.leases.release('key', quick);
    one.set('key', entry('slow', { fence: slow }), 'load');
    one.flush();
    expect(read(one, 'key')).toBe('quick');
    one.set('key', entry('set'));
    one.flush();
    expect(read(other, 'key')).toBe('set');
  });

  it('are refused while the file stays locked', async () => {
    const path = newPath();
    const store = start({ path });
    const token = Number(await store.leases.acquire('held', 1_000));
    const waiting = withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      return store.leases.acquire('soon', 1_000);
    });
    expect(await waiting).toBeGreaterThan(token);
    const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
    const { DatabaseSync } = await import('node:sqlite');
    const locker = new DatabaseSync(path);
    try {
      locker.exec('BEGIN IMMEDIATE');
      await expect(store.leases.acquire('key', 1_000)).rejects.toThrow('locked');
      expect(await store.leases.acquire('held', 1_000)).toBeUndefined();
      await expect(store.leases.release('held', token)).rejects.toThrow('locked');
    } finally {
      locker.close();
      unlock();
    }
    await unlocked;
    await store.leases.release('held', token);
    expect(await store.leases.acquire('held', 1_000)).toBeGreaterThan(token);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuse to last %d ms', (durationMs) => {
    const store = start({ path: newPath() });
    expect(() => store.leases.acquire('key', durationMs)).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
    );
  });
});

describeHeardAndUnheard('a lease of another process', () => {
  const holder = async (path: string) => {
    const child = startChild('lease-holder.ts', [path, 'key']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    return { child, exited, token: Number(await firstLine(child)) };
  };

  it('that was killed is free at once', { timeout: 20_000 }, async () => {
    const path = newPath();
    const store = start({ path });
    const { child, exited, token } = await holder(path);
    expect(await store.leases.acquire('key', 1_000)).toBeUndefined();
    child.kill('SIGKILL');
    await exited;
    expect(await store.leases.acquire('key', 1_000)).toBeGreaterThan(token);
  });

  it('that stands still ends by time, and what it writes when it wakes up is refused', {
    timeout: 20_000,
  }, async () => {
    const path = newPath();
    let ahead = 0;
    const store = start({ path, now: () => Date.now() + ahead });
    const { child, exited, token } = await holder(path);
    child.kill('SIGSTOP');
    expect(await store.leases.acquire('key', 1_000)).toBeUndefined();
    ahead = 60_000;
    const next = Number(await store.leases.acquire('key', 1_000));
    expect(next).toBeGreaterThan(token);
    store.set('key', entry('of the next', { fence: next, version: store.invalidations.version() }), 'load');
    await store.leases.release('key', next);
    child.kill('SIGUSR2');
    child.kill('SIGCONT');
    expect((await exited)[0]).toBe(0);
    expect(read(store, 'key')).toBe('of the next');
  });

  it('shows its value when it releases', { timeout: 20_000 }, async () => {
    const path = newPath();
    const store = start({ path });
    const { child, exited } = await holder(path);
    child.kill('SIGUSR2');
    await until(() => read(store, 'key') !== undefined);
    expect(read(store, 'key')).toBe('of the child');
    expect((await exited)[0]).toBe(0);
  });

  it('on another machine is not judged by process ids', async () => {
    const path = newPath();
    const [one, other] = [start({ path }), start({ path })];
    const token = Number(await one.leases.acquire('key', 60_000));
    const own = (owner: string): void =>
      withDatabase(
        path,
        (database) => void database.prepare('UPDATE leases SET owner = ? WHERE token = ?').run(owner, token),
      );
    own('999999999@elsewhere');
    expect(await other.leases.acquire('key', 1_000)).toBeUndefined();
  });
});
