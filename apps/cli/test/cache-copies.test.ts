import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { outcomeOf } from './built.ts';
import { type CacheMachine, cacheMachine } from './cache-machine.ts';

let machine: CacheMachine;
beforeEach(() => {
  machine = cacheMachine();
});

describe('hotpath cache export and import', () => {
  it('carry a cache to another machine with its times, tags and costs', async () => {
    const { text } = await machine.ask('one');
    await machine.ask('two');
    const output = join(machine.folder, 'answers.ndjson');
    expect(await machine.cache('export', '--output', output)).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readdirSync(machine.folder).filter((name) => name.includes('partial'))).toEqual([]);
    const before = await machine.exported();

    machine = cacheMachine();
    expect(await machine.json('import', output)).toEqual({ imported: 2, expired: 0, bad: 0, durable: true });
    expect((await machine.exported()).sort((one, other) => (one.key < other.key ? -1 : 1))).toEqual(
      before.sort((one, other) => (one.key < other.key ? -1 : 1)),
    );
    expect(await machine.ask('one')).toMatchObject({ text, cache: 'hit' });
    await machine.cache('clear', '--yes');
    const piped = await machine.run(['cache', 'import'], { input: readFileSync(output, 'utf8') });
    expect(piped).toMatchObject({ code: 0, stderr: expect.stringContaining('2 entries imported') });
    expect(await machine.ask('two')).toMatchObject({ cache: 'hit' });
  });

  it('skip what has expired, and name the line that is bad', async () => {
    await machine.ask('one');
    const { stdout } = await machine.cache('export');
    const [head = '', line = ''] = stdout.split('\n');
    const expired = JSON.stringify({ ...JSON.parse(line), key: 'expired', createdAt: 1, expiresAt: 2 });
    const alien = JSON.stringify({ ...JSON.parse(line), key: 'alien', value: '////' });
    const other = JSON.stringify({ ...JSON.parse(line), key: 'other' });
    const bad = machine.write('bad.ndjson', [head, expired, '{"key":', alien, other, ''].join('\n'));

    const refused = await machine.cache('import', bad);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/line 3: it is not valid JSON/) });
    expect(await machine.cache('get', 'other')).toMatchObject({ code: 1 });

    const continued = await machine.cache('import', bad, '--continue', '--json');
    expect(JSON.parse(continued.stdout)).toEqual({ imported: 1, expired: 1, bad: 2, durable: true });
    expect(continued.stderr).toContain('line 4: "value" is not a stored answer.');
    expect(await machine.cache('get', 'other')).toMatchObject({ code: 0 });

    const headless = machine.write('headless.ndjson', `${line}\n`);
    expect(await machine.cache('import', headless, '--continue')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 1: it is not the first line of an export'),
    });
    expect(await machine.cache('import', join(machine.folder, 'nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere cannot be used'),
    });
    expect(await machine.run(['cache', 'import'], { input: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 1: there is none'),
    });
  });

  it('end quietly where the reader leaves', async () => {
    await machine.ask('one');
    const child = machine.start(['cache', 'export']);
    child.stdout.destroy();
    expect(await outcomeOf(child)).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuse a file that cannot be written, and a tier that there is not', async () => {
    await machine.ask('one');
    expect(await machine.cache('export', '-o', join(machine.folder, 'no', 'such', 'folder'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be used (ENOENT'),
    });
    expect(await machine.cache('export', '--from', 'redis')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cache.redis.url'),
    });
    expect(await machine.cache('export', '--from', 'memory')).toMatchObject({ code: 2 });
  });

  it('sum the export up as JSON, where standard output is not the export itself', async () => {
    for (const question of ['one', 'zwei, ä']) await machine.ask(question);
    const summary = await machine.cache('export', '--output', 'answers.ndjson', '--json');
    const output = join(machine.folder, 'answers.ndjson');
    expect(summary).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(summary.stdout)).toEqual({ entries: 2, bytes: statSync(output).size, file: output });
    const refused = await machine.cache('export', '--json');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('add --output FILE for a summary') });
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'CLI_USAGE' } });
  });
});

describe('Ctrl-C', () => {
  it('ends an import that waits for more', async () => {
    const child = machine.start(['cache', 'import']);
    const outcome = outcomeOf(child);
    child.stdin.write(`${JSON.stringify({ format: 'hotpath-cache', version: 1 })}\n`);
    child.stdin.write('\n'.repeat(10));
    const started = expect.poll(() => existsSync(machine.file));
    await started.toBe(true);
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
  });
});
