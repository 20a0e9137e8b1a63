import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CacheMachine, cacheMachine } from './cache-machine.ts';

let machine: CacheMachine;
beforeEach(() => {
  machine = cacheMachine();
});

describe('hotpath cache doctor', () => {
  const problems = async (): Promise<readonly { about: string; message: string; advice?: string }[]> =>
    (await machine.json('doctor')).findings.filter(({ level }: { level: string }) => level === 'problem');

  it('finds nothing wrong with a cache that is in order', async () => {
    await machine.ask('one');
    const outcome = await machine.cache('doctor');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^ok +file: .* is sound/m);
    expect(outcome.stdout).toMatch(/^ok +entries: 1 entry, all readable\.$/m);
    expect(await machine.json('doctor')).toMatchObject({ healthy: true, path: machine.file });
  });

  it('finds a damaged file, and leaves it for others to look at', async () => {
    await machine.ask('one');
    const bytes = readFileSync(machine.file);
    bytes.fill(7, 100);
    writeFileSync(machine.file, bytes);
    expect((await machine.cache('doctor')).code).toBe(1);
    expect(await problems()).toEqual([
      expect.objectContaining({
        about: 'file',
        message: expect.stringContaining('damaged'),
        advice: expect.any(String),
      }),
    ]);
    expect(readFileSync(machine.file).equals(bytes)).toBe(true);
  });

  it('finds what others may read and what was moved aside', async () => {
    await machine.ask('one');
    chmodSync(machine.file, 0o644);
    writeFileSync(`${machine.file}.corrupt-1`, Buffer.alloc(2048));
    const { findings } = await machine.json('doctor');
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'problem', about: 'permissions', advice: `chmod 600 ${machine.file}` }),
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
    await machine.ask('one');
    expect(await machine.json('doctor')).toMatchObject({ healthy: true });
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
    expect(await machine.ask('one')).toMatchObject({ cache: 'hit' });
  });
});

describe('a Redis that does not answer', () => {
  it('is told of, and what was to be done there is not said to be done', async () => {
    await machine.ask('one');
    machine.write(
      'hotpath.config.json',
      '{"providers":{"sim":{}},"defaultModel":"sim/sim-1","cache":{"redis":{"url":"redis://127.0.0.1:1"}}}',
    );
    expect((await machine.json('stats')).redis).toMatchObject({
      reachable: false,
      error: expect.stringContaining('ECONNREFUSED'),
    });
    const invalidated = await machine.cache('invalidate', '--tag', 'provider:sim', '--json');
    expect(invalidated).toMatchObject({ code: 1, stderr: expect.stringContaining('redis: ') });
    expect(JSON.parse(invalidated.stdout)).toMatchObject({ done: false });
    expect(await machine.ask('one')).toMatchObject({ cache: 'miss' });
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
      const outcome = await machine.cache(...args);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(
        /^hotpath \[[A-Z_]+\]: The cache file .*answers\.sqlite is a folder\. Choose the path of a file,/,
      );
    }
    expect((await machine.cache('doctor')).code).toBe(1);
    expect((await machine.json('doctor')).findings).toEqual([
      expect.objectContaining({ level: 'problem', about: 'file', message: expect.stringContaining('is a folder') }),
    ]);
  });
});

describe('a damaged cache file', () => {
  it('is told of and left alone by those who only read, and moved aside by those who write', async () => {
    await machine.ask('one');
    const bytes = readFileSync(machine.file).fill(7, 100);
    writeFileSync(machine.file, bytes);
    const folder = join(machine.file, '..');
    for (const args of [['stats'], ['get', 'k'], ['export'], ['warm']]) {
      const outcome = await machine.cache(...args);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(/is damaged \(.*\)\. "hotpath cache doctor" tells more; "hotpath cache clear"/);
    }
    expect(readFileSync(machine.file).equals(bytes)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toEqual([]);

    expect(await machine.cache('clear', '--yes')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('was moved to'),
    });
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toHaveLength(1);
    expect(await machine.json('stats')).toMatchObject({ entries: 0 });
  });

  it('is not exported in part, nor in place of an export that is whole', async () => {
    await machine.ask('one');
    const [head, line = ''] = (await machine.cache('export')).stdout.split('\n');
    const copies = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({ ...JSON.parse(line), key: `copy-${index}` }),
    );
    await machine.run(['cache', 'import'], { input: [head, ...copies, ''].join('\n') });
    const output = machine.write('answers.ndjson', 'whole');
    const bytes = readFileSync(machine.file);
    bytes.fill(7, bytes.length / 2, bytes.length / 2 + 65_536);
    writeFileSync(machine.file, bytes);
    expect(await machine.cache('export', '--output', output)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is damaged \(.*\)\. "hotpath cache doctor" tells more/),
    });
    expect(readFileSync(output, 'utf8')).toBe('whole');
    expect(readFileSync(machine.file).equals(bytes)).toBe(true);
  });
});
