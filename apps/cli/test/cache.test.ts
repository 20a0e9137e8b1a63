import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';

let machine: Machine;
let file: string;

beforeEach(() => {
  machine = freshMachine();
  machine.write('hotpath.config.json', '{"providers":{"sim":{}},"defaultModel":"sim/sim-1"}');
  file = join(machine.folder, 'home', 'cache', 'answers.sqlite');
});

const cache = (...args: string[]) => machine.run(['cache', ...args]);
const json = async (...args: string[]) => JSON.parse((await cache(...args, '--json')).stdout);
const ask = async (question: string): Promise<{ text: string; cache: string }> =>
  JSON.parse((await machine.run(['ask', question, '--json'])).stdout);
const exported = async () =>
  (await cache('export')).stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line));
const keyOf = async (): Promise<string> => (await exported())[0].key;

describe('without a cache file', () => {
  it('tells so and makes none', async () => {
    expect(await cache('stats')).toMatchObject({ code: 0, stdout: expect.stringContaining('not there yet') });
    expect(await json('stats')).toMatchObject({ path: file, exists: false, entries: 0, redis: null });
    expect(await cache('doctor')).toMatchObject({ code: 0, stdout: expect.stringContaining('is not there yet') });
    expect(await cache('get', 'k')).toMatchObject({ code: 1, stderr: expect.stringContaining('no cache file') });
    expect(await cache('export')).toMatchObject({ code: 1, stdout: '' });
    expect(await cache('invalidate', '--tag', 't')).toMatchObject({ code: 0 });
    expect(await cache('warm')).toMatchObject({ code: 0, stderr: expect.stringContaining('No use is remembered') });
    expect(await cache('clear', '--yes')).toMatchObject({ code: 0 });
    expect(existsSync(file)).toBe(false);
  });
});

describe('hotpath cache stats and get', () => {
  it('show what was stored', async () => {
    for (const question of ['one', 'two', 'one']) await ask(question);
    const stats = await json('stats');
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
    const { stdout } = await cache('stats');
    expect(stdout).toMatch(/^Entries +2$/m);
    expect(stdout).toMatch(/^ {2}provider:sim +2$/m);
    expect(stdout).toContain(`Most used\n  ${stats.mostUsed[0]}\n`);

    const [key] = stats.mostUsed;
    const got = await cache('get', key);
    expect(got).toMatchObject({ code: 0, stdout: expect.stringMatching(/Simulated .* one\n$/) });
    expect(got.stderr).toMatch(/^Tags +provider:sim, model:sim\/sim-1$/m);
    expect(await json('get', key)).toMatchObject({
      key,
      tier: 'disk',
      provider: 'sim',
      costUsd: 0,
      loadMs: expect.any(Number),
      text: expect.stringContaining('one'),
    });
    expect((await cache('get', key, '--raw')).stdout).toMatch(/^data: .*\ndata: \[DONE\]/s);
  });

  it('say what is absent, and what is wrong with the arguments', async () => {
    await ask('one');
    const absent = await cache('get', 'no-such-key', '--json');
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('has no entry under "no-such-key"') });
    expect(JSON.parse(absent.stdout)).toMatchObject({ error: { code: 'CLI_CACHE_ENTRY_MISSING' } });
    expect(await cache('get', '--', '-k')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entry under "-k"'),
    });
    expect(await cache('get')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one key') });
    machine.write('broken.json', '{"cache":{"path":7}}');
    expect(await cache('stats', '--config', 'broken.json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cache.path'),
    });
  });
});

describe('hotpath cache invalidate', () => {
  it('takes keys, tags, patterns and namespaces, each several times', async () => {
    await ask('one');
    const key = await keyOf();
    const outcome = await json('invalidate', '--key', key, '-k', 'nope', '--namespace', 'n');
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
    expect(await ask('one')).toMatchObject({ cache: 'miss' });
    expect(await cache('invalidate', '-t', 'model:sim/other', '-t', 'provider:sim')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('everything tagged "model:sim/other", "provider:sim"'),
    });
    expect(await ask('one')).toMatchObject({ cache: 'miss' });
    await cache('invalidate', '--match', `${key.slice(0, 5)}*`);
    expect(await cache('get', key)).toMatchObject({ code: 1 });
  });

  it('refuses to do nothing, and a pattern that is none', async () => {
    expect(await cache('invalidate')).toMatchObject({ code: 2, stderr: expect.stringContaining('--tag') });
    await ask('one');
    expect(await cache('invalidate', '--match', '[a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('glob'),
    });
  });
});

describe('hotpath cache clear', () => {
  it('wants a yes, and then removes everything', async () => {
    await ask('one');
    expect(await cache('clear')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hotpath cache clear --yes'),
    });
    expect(await json('stats')).toMatchObject({ entries: 1 });
    expect(await cache('clear', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Removed 1 entry'),
    });
    expect(await json('stats')).toMatchObject({ entries: 0 });
    expect(await ask('one')).toMatchObject({ cache: 'miss' });
  });
});

describe('hotpath cache warm', () => {
  it('measures and lists what a start would bring into memory', async () => {
    for (const question of ['often', 'once', 'often']) await ask(question);
    const result = await json('warm');
    expect(result).toMatchObject({ entries: 1, complete: true, top: 1000, budgetMs: 1000, keys: [expect.any(String)] });
    expect((await cache('warm')).stdout).toContain(`Most used first\n  ${result.keys[0]}\n`);
    expect(await cache('warm', '--top', '0')).toMatchObject({ code: 2 });
  });
});

describe('hotpath cache export and import', () => {
  it('carry a cache to another machine with its times, tags and costs', async () => {
    const { text } = await ask('one');
    await ask('two');
    const output = join(machine.folder, 'answers.ndjson');
    expect(await cache('export', '--output', output)).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readdirSync(machine.folder).filter((name) => name.includes('partial'))).toEqual([]);
    const before = await exported();

    machine = freshMachine();
    machine.write('hotpath.config.json', '{"providers":{"sim":{}},"defaultModel":"sim/sim-1"}');
    expect(await json('import', output)).toEqual({ imported: 2, expired: 0, bad: 0, durable: true });
    expect((await exported()).sort((one, other) => (one.key < other.key ? -1 : 1))).toEqual(
      before.sort((one, other) => (one.key < other.key ? -1 : 1)),
    );
    expect(await ask('one')).toMatchObject({ text, cache: 'hit' });
    await cache('clear', '--yes');
    const piped = await machine.run(['cache', 'import'], { input: readFileSync(output, 'utf8') });
    expect(piped).toMatchObject({ code: 0, stderr: expect.stringContaining('2 entries imported') });
    expect(await ask('two')).toMatchObject({ cache: 'hit' });
  });

  it('skip what has expired, and name the line that is bad', async () => {
    await ask('one');
    const { stdout } = await cache('export');
    const [head = '', line = ''] = stdout.split('\n');
    const expired = JSON.stringify({ ...JSON.parse(line), key: 'expired', createdAt: 1, expiresAt: 2 });
    const alien = JSON.stringify({ ...JSON.parse(line), key: 'alien', value: '////' });
    const other = JSON.stringify({ ...JSON.parse(line), key: 'other' });
    const bad = machine.write('bad.ndjson', [head, expired, '{"key":', alien, other, ''].join('\n'));

    const refused = await cache('import', bad);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/line 3: it is not valid JSON/) });
    expect(await cache('get', 'other')).toMatchObject({ code: 1 });

    const continued = await cache('import', bad, '--continue', '--json');
    expect(JSON.parse(continued.stdout)).toEqual({ imported: 1, expired: 1, bad: 2, durable: true });
    expect(continued.stderr).toContain('line 4: "value" is not a stored answer.');
    expect(await cache('get', 'other')).toMatchObject({ code: 0 });

    const headless = machine.write('headless.ndjson', `${line}\n`);
    expect(await cache('import', headless, '--continue')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 1: it is not the first line of an export'),
    });
    expect(await cache('import', join(machine.folder, 'nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere cannot be used'),
    });
    expect(await machine.run(['cache', 'import'], { input: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 1: there is none'),
    });
  });

  it('end quietly where the reader leaves', async () => {
    await ask('one');
    const child = machine.start(['cache', 'export']);
    child.stdout.destroy();
    expect(await outcomeOf(child)).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuse a file that cannot be written, and a tier that there is not', async () => {
    await ask('one');
    expect(await cache('export', '-o', join(machine.folder, 'no', 'such', 'folder'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be used (ENOENT'),
    });
    expect(await cache('export', '--from', 'redis')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cache.redis.url'),
    });
    expect(await cache('export', '--from', 'memory')).toMatchObject({ code: 2 });
  });

  it('sum the export up as JSON, where standard output is not the export itself', async () => {
    for (const question of ['one', 'zwei, ä']) await ask(question);
    const summary = await cache('export', '--output', 'answers.ndjson', '--json');
    const output = join(machine.folder, 'answers.ndjson');
    expect(summary).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(summary.stdout)).toEqual({ entries: 2, bytes: statSync(output).size, file: output });
    const refused = await cache('export', '--json');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('add --output FILE for a summary') });
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'CLI_USAGE' } });
  });
});

describe('hotpath cache doctor', () => {
  const problems = async (): Promise<readonly { about: string; message: string; advice?: string }[]> =>
    (await json('doctor')).findings.filter(({ level }: { level: string }) => level === 'problem');

  it('finds nothing wrong with a cache that is in order', async () => {
    await ask('one');
    const outcome = await cache('doctor');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^ok +file: .* is sound/m);
    expect(outcome.stdout).toMatch(/^ok +entries: 1 entry, all readable\.$/m);
    expect(await json('doctor')).toMatchObject({ healthy: true, path: file });
  });

  it('finds a damaged file, and leaves it for others to look at', async () => {
    await ask('one');
    const bytes = readFileSync(file);
    bytes.fill(7, 100);
    writeFileSync(file, bytes);
    expect((await cache('doctor')).code).toBe(1);
    expect(await problems()).toEqual([
      expect.objectContaining({
        about: 'file',
        message: expect.stringContaining('damaged'),
        advice: expect.any(String),
      }),
    ]);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it('finds what others may read and what was moved aside', async () => {
    await ask('one');
    chmodSync(file, 0o644);
    writeFileSync(`${file}.corrupt-1`, Buffer.alloc(2048));
    const { findings } = await json('doctor');
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'problem', about: 'permissions', advice: `chmod 600 ${file}` }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'note', about: 'leftovers', message: expect.stringContaining('(2.0 KB)') }),
    );
  });

  it('finds entries that the configured keys cannot read, and a Redis that does not answer', async () => {
    const encryption = { keys: { a: 'ab'.repeat(32) }, current: 'a' };
    const write = (more: object): string =>
      machine.write(
        'hotpath.config.json',
        JSON.stringify({ providers: { sim: {} }, defaultModel: 'sim/sim-1', cache: more }),
      );
    write({ encryption });
    await ask('one');
    expect(await json('doctor')).toMatchObject({ healthy: true });
    write({
      encryption: { keys: { b: 'cd'.repeat(32) }, current: 'b' },
      redis: { url: 'redis://127.0.0.1:1' },
    });
    const found = await problems();
    expect(found.map(({ about }) => about)).toEqual(['entries', 'encryption', 'redis']);
    expect(found[1]?.advice).toContain('Add "a" to cache.encryption.keys');
    expect(found[2]?.message).toContain('ECONNREFUSED');
    // Looking has lost nothing.
    write({ encryption });
    expect(await ask('one')).toMatchObject({ cache: 'hit' });
  });
});

describe('a Redis that does not answer', () => {
  it('is told of, and what was to be done there is not said to be done', async () => {
    await ask('one');
    machine.write(
      'hotpath.config.json',
      '{"providers":{"sim":{}},"defaultModel":"sim/sim-1","cache":{"redis":{"url":"redis://127.0.0.1:1"}}}',
    );
    expect((await json('stats')).redis).toMatchObject({
      reachable: false,
      error: expect.stringContaining('ECONNREFUSED'),
    });
    const invalidated = await cache('invalidate', '--tag', 'provider:sim', '--json');
    expect(invalidated).toMatchObject({ code: 1, stderr: expect.stringContaining('redis: ') });
    expect(JSON.parse(invalidated.stdout)).toMatchObject({ done: false });
    expect(await ask('one')).toMatchObject({ cache: 'miss' });
  });
});

describe('a cache file that cannot be opened', () => {
  it('is an error, not an empty cache', async () => {
    mkdirSync(join(machine.folder, 'home', 'cache', 'answers.sqlite'), { recursive: true });
    for (const args of [
      ['stats'],
      ['get', 'k'],
      ['export'],
      ['warm'],
      ['invalidate', '--tag', 't'],
      ['clear', '--yes'],
    ]) {
      const outcome = await cache(...args);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(
        /^hotpath: The cache file .*answers\.sqlite is a folder\. Choose the path of a file,/,
      );
    }
    expect((await cache('doctor')).code).toBe(1);
    expect((await json('doctor')).findings).toEqual([
      expect.objectContaining({ level: 'problem', about: 'file', message: expect.stringContaining('is a folder') }),
    ]);
  });
});

describe('a damaged cache file', () => {
  it('is told of and left alone by those who only read, and moved aside by those who write', async () => {
    await ask('one');
    const bytes = readFileSync(file).fill(7, 100);
    writeFileSync(file, bytes);
    const folder = join(file, '..');
    for (const args of [['stats'], ['get', 'k'], ['export'], ['warm']]) {
      const outcome = await cache(...args);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(/is damaged \(.*\)\. "hotpath cache doctor" tells more; "hotpath cache clear"/);
    }
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toEqual([]);

    expect(await cache('clear', '--yes')).toMatchObject({ code: 0, stderr: expect.stringContaining('was moved to') });
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toHaveLength(1);
    expect(await json('stats')).toMatchObject({ entries: 0 });
  });

  it('is not exported in part, nor in place of an export that is whole', async () => {
    await ask('one');
    const [head, line = ''] = (await cache('export')).stdout.split('\n');
    const copies = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({ ...JSON.parse(line), key: `copy-${index}` }),
    );
    await machine.run(['cache', 'import'], { input: [head, ...copies, ''].join('\n') });
    const output = machine.write('answers.ndjson', 'whole');
    const bytes = readFileSync(file);
    bytes.fill(7, bytes.length / 2, bytes.length / 2 + 65_536);
    writeFileSync(file, bytes);
    expect(await cache('export', '--output', output)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is damaged \(.*\)\. "hotpath cache doctor" tells more/),
    });
    expect(readFileSync(output, 'utf8')).toBe('whole');
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

describe('Ctrl-C', () => {
  it('ends an import that waits for more', async () => {
    const child = machine.start(['cache', 'import']);
    const outcome = outcomeOf(child);
    child.stdin.write(`${JSON.stringify({ format: 'hotpath-cache', version: 1 })}\n`);
    child.stdin.write('\n'.repeat(10));
    const started = expect.poll(() => existsSync(file));
    await started.toBe(true);
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
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
      expect((await cache('invalidate', '--tag', 'model:sim/another')).code).toBe(0);
      expect(await state('a')).toBe('hit');
      expect((await cache('invalidate', '--tag', 'model:sim/sim-1')).code).toBe(0);
      expect([await state('a'), await state('a')]).toEqual(['miss', 'hit']);

      await expect.poll(async () => (await json('stats')).entries).toBe(1);
      const { stdout } = await cache('export');
      expect((await cache('clear', '--yes')).code).toBe(0);
      expect(await state('b')).toBe('miss');
      expect((await machine.run(['cache', 'import'], { input: stdout })).code).toBe(0);
      expect(await state('a')).toBe('hit');

      const key = JSON.parse(stdout.split('\n')[1] ?? '').key;
      expect(await json('invalidate', '--key', key)).toMatchObject({ keys: [{ key, found: true }] });
      expect(await state('a')).toBe('miss');
      expect(await cache('doctor')).toMatchObject({ code: 0 });
    } finally {
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    }
  });
});
