import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makePlace, sqliteMissing } from './support.ts';

// Each test starts processes, and a busy machine may take its time over each.
vi.setConfig({ testTimeout: 60_000 });

const children: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const start = (script: string, ...args: string[]): ChildProcessWithoutNullStreams => {
  const file = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args]);
  child.stderr.pipe(process.stderr);
  children.push(child);
  return child;
};

describe.skipIf(sqliteMissing)('a running server', () => {
  it('heeds what the command line does to keys, without a restart', async () => {
    const place = makePlace();
    const child = start('server', place.path);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value));
    const ask = (secret: string) => {
      child.stdin.write(`${secret}\n`);
      return next();
    };
    expect(await next()).toEqual({ hasKeys: false });
    const cli = place.open();
    const { secret } = cli.create({ name: 'ci', team: 'docs' });
    await vi.waitFor(
      async () =>
        expect(await ask(secret)).toEqual({ hasKeys: true, key: { name: 'ci', disabled: false, team: 'docs' } }),
      20_000,
    );
    cli.update('ci', { disabled: true });
    await vi.waitFor(async () => expect(await ask(secret)).toMatchObject({ key: { disabled: true } }), 20_000);
    cli.update('ci', { disabled: false });
    const rotated = cli.rotate('ci');
    expect(await ask(rotated.secret)).toMatchObject({ key: { name: 'ci' } });
    cli.delete('ci');
    await vi.waitFor(async () => expect(await ask(secret)).toEqual({ hasKeys: false, key: null }), 20_000);
  });
});

describe.skipIf(sqliteMissing)('several processes', () => {
  it('make keys in one new file at once, and lose none', async () => {
    const place = makePlace();
    const creators = ['a', 'b', 'c', 'd', 'e', 'f'].map((prefix) => {
      const child = start('creator', place.path, prefix, '10');
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return { child, next: async () => String((await lines.next()).value) };
    });
    for (const { next } of creators) expect(await next()).toBe('ready');
    // All of them come upon a file that is not there yet.
    for (const { child } of creators) child.stdin.write('go');
    const outcomes = await Promise.all(creators.map(({ next }) => next()));
    expect(outcomes.sort()).toEqual([...Array(5).fill('KEYS_NAME_TAKEN'), 'made']);
    expect(place.open().list()).toHaveLength(61);
  });

  it('add up what they spend, and kill -9 takes back nothing that was written', async () => {
    const place = makePlace();
    const { key } = place.open().create({ name: 'ci', budgets: [{ usd: 1_000_000, per: 'total' }] });
    let acknowledged = 0;
    for (let round = 0; round < 6; round++) {
      const told = await Promise.all(
        [0, 1].map(async (which) => {
          const child = start('spender', place.path, 'ci');
          let last = 0;
          const lines = createInterface({ input: child.stdout }).on('line', (line) => {
            last = Number(line);
            if (last > 100 * (1 + round + which)) child.kill('SIGKILL');
          });
          await once(lines, 'close');
          return last;
        }),
      );
      acknowledged += told.reduce((sum, calls) => sum + calls, 0);
    }
    const [total, ...others] = place.open().spending.report({ period: 'total' });
    expect(others).toEqual([]);
    const requests = total?.requests ?? 0;
    expect(requests).toBeGreaterThanOrEqual(acknowledged);
    // What was written and not yet acknowledged: at most one batch of each of the twelve.
    expect(requests).toBeLessThanOrEqual(acknowledged + 12 * 40);
    expect(total).toMatchObject({
      keyId: key.id,
      costUsd: requests / 1000,
      inputTokens: requests * 3,
      outputTokens: requests * 2,
    });
    for (const period of ['hour', 'day', 'week', 'month'] as const) {
      const rows = place.open().spending.report({ period });
      expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(requests);
    }
    const database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(place.path);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  });
});
