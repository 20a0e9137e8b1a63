import { existsSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { heard, outcomeOf } from './built.ts';
import { type CacheMachine, cacheMachine } from './cache-machine.ts';

let machine: CacheMachine;
beforeEach(() => {
  machine = cacheMachine();
});

describe('without a cache file', () => {
  it('tells so and makes none', async () => {
    expect(await machine.cache('stats')).toMatchObject({ code: 0, stdout: expect.stringContaining('not there yet') });
    expect(await machine.json('stats')).toMatchObject({ path: machine.file, exists: false, entries: 0, redis: null });
    expect(await machine.cache('doctor')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is not there yet'),
    });
    expect(await machine.cache('get', 'k')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no cache file'),
    });
    expect(await machine.cache('export')).toMatchObject({ code: 1, stdout: '' });
    expect(await machine.cache('invalidate', '--tag', 't')).toMatchObject({ code: 0 });
    expect(await machine.cache('warm')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('No use is remembered'),
    });
    expect(await machine.cache('clear', '--yes')).toMatchObject({ code: 0 });
    expect(existsSync(machine.file)).toBe(false);
  });
});

describe('hotpath cache stats and get', () => {
  it('show what was stored', async () => {
    for (const question of ['one', 'two', 'one']) await machine.ask(question);
    const stats = await machine.json('stats');
    expect(stats).toMatchObject({
      entries: 2,
      expired: 0,
      usedKeys: 1,
      tags: [
        { tag: 'model:sim/sim-1', entries: 2 },
        { tag: 'provider:sim', entries: 2 },
      ],
      maxBytes: 1024 ** 3,
    });
    expect(stats.oldestAt).toBeLessThan(stats.newestAt);
    const { stdout } = await machine.cache('stats');
    expect(stdout).toMatch(/^Entries +2$/m);
    expect(stdout).toMatch(/^ {2}provider:sim +2$/m);
    expect(stdout).toContain(`Most used\n  ${stats.mostUsed[0]}\n`);

    const [key] = stats.mostUsed;
    const got = await machine.cache('get', key);
    expect(got).toMatchObject({ code: 0, stdout: expect.stringMatching(/Simulated .* one\n$/) });
    expect(got.stderr).toMatch(/^Tags +provider:sim, model:sim\/sim-1$/m);
    expect(await machine.json('get', key)).toMatchObject({
      key,
      tier: 'disk',
      provider: 'sim',
      costUsd: 0,
      loadMs: expect.any(Number),
      text: expect.stringContaining('one'),
    });
    expect((await machine.cache('get', key, '--raw')).stdout).toMatch(/^data: .*\ndata: \[DONE\]/s);
  });

  it('say what is absent, and what is wrong with the arguments', async () => {
    await machine.ask('one');
    const absent = await machine.cache('get', 'no-such-key', '--json');
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('has no entry under "no-such-key"') });
    expect(JSON.parse(absent.stdout)).toMatchObject({ error: { code: 'CLI_CACHE_ENTRY_MISSING' } });
    expect(await machine.cache('get', '--', '-k')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entry under "-k"'),
    });
    expect(await machine.cache('get')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one key') });
    machine.write('broken.json', '{"cache":{"path":7}}');
    expect(await machine.cache('stats', '--config', 'broken.json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cache.path'),
    });
  });
});

describe('hotpath cache invalidate', () => {
  it('takes keys, tags, patterns and namespaces, each several times', async () => {
    await machine.ask('one');
    const key = (await machine.exported())[0].key;
    const outcome = await machine.json('invalidate', '--key', key, '-k', 'nope', '--namespace', 'n');
    expect(outcome).toEqual({
      done: true,
      keys: [
        { key, found: true },
        { key: 'nope', found: false },
      ],
      tags: [],
      patterns: [],
      namespaces: ['n'],
    });
    expect(await machine.ask('one')).toMatchObject({ cache: 'miss' });
    expect(await machine.cache('invalidate', '-t', 'model:sim/other', '-t', 'provider:sim')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('everything tagged "model:sim/other", "provider:sim"'),
    });
    expect(await machine.ask('one')).toMatchObject({ cache: 'miss' });
    await machine.cache('invalidate', '--match', `${key.slice(0, 5)}*`);
    expect(await machine.cache('get', key)).toMatchObject({ code: 1 });
  });

  it('refuses to do nothing, and a pattern that is none', async () => {
    expect(await machine.cache('invalidate')).toMatchObject({ code: 2, stderr: expect.stringContaining('--tag') });
    await machine.ask('one');
    expect(await machine.cache('invalidate', '--match', '[a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('glob'),
    });
  });
});

describe('hotpath cache clear', () => {
  it('wants a yes, and then removes everything', async () => {
    await machine.ask('one');
    expect(await machine.cache('clear')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hotpath cache clear --yes'),
    });
    expect(await machine.json('stats')).toMatchObject({ entries: 1 });
    expect(await machine.cache('clear', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Removed 1 entry'),
    });
    expect(await machine.json('stats')).toMatchObject({ entries: 0 });
    expect(await machine.ask('one')).toMatchObject({ cache: 'miss' });
  });
});

describe('hotpath cache warm', () => {
  it('measures and lists what a start would bring into memory', async () => {
    for (const question of ['often', 'once', 'often']) await machine.ask(question);
    const result = await machine.json('warm');
    expect(result).toMatchObject({ entries: 1, complete: true, top: 1000, budgetMs: 1000, keys: [expect.any(String)] });
    expect((await machine.cache('warm')).stdout).toContain(`Most used first\n  ${result.keys[0]}\n`);
    expect(await machine.cache('warm', '--top', '0')).toMatchObject({ code: 2 });
  });
});

describe('beside a server that runs', () => {
  it('invalidates, clears and imports for its next answer', async () => {
    const child = machine.start(['serve', '--port', '0', '--json']);
    const ended = outcomeOf(child);
    try {
      const { url } = JSON.parse(await heard(child.stdout, /\n/));
      const state = async (content: string): Promise<string | null> => {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'sim-1', messages: [{ role: 'user', content }] }),
        });
        await response.text();
        return response.headers.get('x-hotpath-cache');
      };
      expect([await state('a'), await state('a')]).toEqual(['miss', 'hit']);
      expect((await machine.cache('invalidate', '--tag', 'model:sim/another')).code).toBe(0);
      expect(await state('a')).toBe('hit');
      expect((await machine.cache('invalidate', '--tag', 'model:sim/sim-1')).code).toBe(0);
      expect([await state('a'), await state('a')]).toEqual(['miss', 'hit']);

      await expect.poll(async () => (await machine.json('stats')).entries).toBe(1);
      const { stdout } = await machine.cache('export');
      expect((await machine.cache('clear', '--yes')).code).toBe(0);
      expect(await state('b')).toBe('miss');
      expect((await machine.run(['cache', 'import'], { input: stdout })).code).toBe(0);
      expect(await state('a')).toBe('hit');

      const key = JSON.parse(stdout.split('\n')[1] ?? '').key;
      expect(await machine.json('invalidate', '--key', key)).toMatchObject({ keys: [{ key, found: true }] });
      expect(await state('a')).toBe('miss');
      expect(await machine.cache('doctor')).toMatchObject({ code: 0 });
    } finally {
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    }
  });
});
