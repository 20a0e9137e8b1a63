import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openKeyStore } from '@hotpath/server/keys';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine, type Outcome } from './built.ts';

let machine: Machine;
let file: string;
const outcomes: Outcome[] = [];

beforeEach(() => {
  machine = freshMachine();
  file = join(machine.folder, 'home', 'state', 'keys.sqlite');
  outcomes.length = 0;
});

const keys = async (...args: string[]): Promise<Outcome> => {
  const outcome = await machine.run(['keys', ...args]);
  outcomes.push(outcome);
  return outcome;
};
const json = async (...args: string[]) => JSON.parse((await keys(...args, '--json')).stdout);
const create = async (...args: string[]): Promise<string> => (await keys('create', ...args)).stdout.trim();

/** A server's view of the same file. */
const withStore = <Result>(work: (store: ReturnType<typeof openKeyStore>) => Result): Result => {
  const store = openKeyStore({ path: file });
  try {
    return work(store);
  } finally {
    store.close();
  }
};

const opens = (secret: string): string | undefined => withStore((store) => store.verify(secret)?.key.name);

describe('without a key file', () => {
  it('tells so and makes none', async () => {
    expect(await keys('list')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no keys yet. Make one: hotpath keys create <name>\n',
    });
    expect(await json('list')).toEqual({ path: file, keys: [] });
    for (const args of [
      ['show', 'ci'],
      ['update', 'ci', '--rpm', '1'],
      ['rotate', 'ci'],
      ['disable', 'ci'],
      ['delete', 'ci', '--yes'],
    ]) {
      expect(await keys(...args)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('no key with the name or id "ci"'),
      });
    }
    expect(existsSync(dirname(file))).toBe(false);
  });
});

describe('hotpath keys create', () => {
  it('prints the secret alone on standard output, once', async () => {
    const { code, stdout, stderr } = await keys('create', 'ci');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^hp-[\w-]{43}\n$/);
    expect(stderr).toMatch(/^Made the key "ci" \([0-9a-f]{12}\)\. .* not shown again:\nIt is the first in /);
    expect(opens(stdout.trim())).toBe('ci');
    expect((await keys('create', 'other')).stderr).not.toContain('It is the first');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('takes every setting', async () => {
    const before = Date.now();
    const made = await json(
      ...['create', 'ci', '--team', 'docs', '--tag', 'a', '-t', 'b', '--model', 'openai/gpt-4.1*', '-m', 'fast'],
      ...['--budget', '10/day', '-b', '$99.50/month', '--budget', '500', '--expires', '2d'],
      ...['--rpm', '60', '--tpm', '100000', '--concurrency', '0', '--cache-scope', 'team'],
    );
    expect(made).toMatchObject({
      name: 'ci',
      status: 'active',
      secret: expect.stringMatching(/^hp-/),
      prefix: made.secret.slice(0, 8),
      team: 'docs',
      tags: ['a', 'b'],
      models: ['openai/gpt-4.1*', 'fast'],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, concurrency: 0 },
      budgets: [
        { usd: 10, per: 'day', spentUsd: 0 },
        { usd: 99.5, per: 'month' },
        { usd: 500, per: 'total', resetsAt: null },
      ],
      cacheScope: 'team',
    });
    const end = Date.parse(made.expiresAt) - 2 * 86_400_000;
    expect(end).toBeGreaterThanOrEqual(before);
    expect(end).toBeLessThanOrEqual(Date.now());
    const { secret, ...view } = made;
    expect(await json('show', 'ci')).toEqual(view);
    expect(await json('show', made.id)).toEqual(view);
    expect((await json('create', 'dated', '--expires', '2999-12-31')).expiresAt).toBe('2999-12-31T00:00:00.000Z');
    expect(opens(secret)).toBe('ci');
  });

  it.each([
    [[], 2, 'Give the key one name'],
    [['a', 'b'], 2, 'Give the key one name'],
    [['ci', '--budget', 'ten'], 2, '--budget needs dollars and a period'],
    [['ci', '--budget', '10/year'], 2, '--budget needs dollars and a period'],
    [['ci', '--rpm', '1.5'], 2, '--rpm needs a whole number'],
    [['ci', '--cache-scope', 'all'], 2, '--cache-scope needs "key" or "team"'],
    [['ci', '--cache-scope', 'team'], 1, '"cacheScope" cannot be "team" without a team'],
    [['ci', '--expires', 'tomorrow'], 1, '"expiresAt" must be a time such as'],
    [['ci', '--expires', '2020-01-01'], 1, '"expiresAt" has passed already'],
    [['ci', '--budget', '1/day', '--budget', '2/day'], 1, 'at most one budget for each period'],
    [['hp-ci'], 1, '"name" must not begin with "hp-"'],
  ])('refuses %j and makes nothing', async (args, code, message) => {
    expect(await keys('create', ...args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(existsSync(file)).toBe(false);
  });

  it('refuses a name that is taken', async () => {
    await create('ci');
    const { code, stdout } = await keys('create', 'ci', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'KEYS_NAME_TAKEN' } });
  });
});

describe('hotpath keys list and show', () => {
  it('tell of keys what may be told, and what they spent', async () => {
    const secret = await create('ci', '--team', 'docs', '--tag', 'a', '--budget', '10/day', '--rpm', '1200');
    await create('idle', '--tag', 'a', '--tag', 'b');
    withStore((store) => {
      const key = store.find('ci');
      const verdict = key && store.spending.reserve(key, 2);
      if (verdict?.granted) verdict.settle(1.25);
    });
    const { stdout } = await keys('list');
    expect(stdout).toMatch(/^NAME +ID +SECRET +STATUS +TEAM +BUDGET +LAST USED\n/);
    expect(stdout).toMatch(
      new RegExp(`^ci +[0-9a-f]{12} +${secret.slice(0, 8)}… +active +docs +\\$1\\.25 of \\$10\\.00/day +20`, 'm'),
    );
    expect(stdout).toMatch(/^idle .* active +- +- +never$/m);
    const namesOf = async (...args: string[]) =>
      (await json('list', ...args)).keys.map(({ name }: { name: string }) => name);
    expect(await namesOf('--team', 'docs')).toEqual(['ci']);
    expect(await namesOf('--tag', 'a')).toEqual(['ci', 'idle']);
    expect(await namesOf('--tag', 'a', '--tag', 'b')).toEqual(['idle']);
    expect((await keys('list', '--team', 'nobody')).stderr).toBe('No key is like that.\n');
    const shown = (await keys('show', 'ci')).stdout;
    expect(shown).toMatch(/^Budget +\$10\.00 a day: \$1\.25 spent, anew at /m);
    expect(shown).toMatch(/^Limits +1,200 requests a minute$/m);
    expect(shown).toMatch(/^Models +all$/m);
    expect(await keys('show')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one key') });
  });
});

describe('hotpath keys update', () => {
  it('changes what is named, and takes away what is to be cleared', async () => {
    const secret = await create(
      'ci',
      '--rpm',
      '60',
      '--tpm',
      '5',
      '--budget',
      '10/day',
      '--tag',
      'a',
      '--team',
      'docs',
    );
    const made = await json('show', 'ci');
    const changed = await json('update', 'ci', '--rpm', '90', '--budget', '20/week', '--name', 'builds');
    expect(changed).toMatchObject({
      id: made.id,
      name: 'builds',
      limits: { requestsPerMinute: 90, tokensPerMinute: 5 },
      budgets: [{ usd: 20, per: 'week' }],
      tags: ['a'],
    });
    const cleared = await json(
      ...['update', 'builds', '--rpm', '7', '--clear', 'tpm', '--clear', 'rpm', '--clear', 'budgets'],
      ...['--clear', 'tags', '--clear', 'team', '--clear', 'models', '--clear', 'expires', '--clear', 'cache-scope'],
    );
    expect(cleared).toMatchObject({ limits: {}, budgets: [], tags: [], team: null, models: null, expiresAt: null });
    expect(opens(secret)).toBe('builds');
    expect((await keys('update', 'builds', '--concurrency', '3')).stdout).toMatch(/^Limits +3 at the same time$/m);
  });

  it('wants something to change that there is', async () => {
    await create('ci');
    expect(await keys('update', 'ci')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Say what is to change'),
    });
    expect(await keys('update', 'ci', '--clear', 'name')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--clear needs one of expires, models'),
    });
  });
});

describe('hotpath keys rotate', () => {
  it('prints a new secret and lets the old one work for a while', async () => {
    const old = await create('ci');
    const { stdout, stderr } = await keys('rotate', 'ci', '--grace', '2h');
    const fresh = stdout.trim();
    expect(stdout).toMatch(/^hp-[\w-]{43}\n$/);
    expect(stderr).toMatch(/not shown again:\nThe old one works until 20[\d -]+:[\d:]+Z\.\n$/);
    expect([opens(old), opens(fresh)]).toEqual(['ci', 'ci']);
    expect((await json('show', 'ci')).secrets).toMatchObject([
      { prefix: fresh.slice(0, 8), expiresAt: null },
      { prefix: old.slice(0, 8), expiresAt: expect.any(String) },
    ]);
  });

  it('asks before it stops secrets at once', async () => {
    const old = await create('ci');
    expect(await keys('rotate', 'ci', '--grace', '0')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/needs a yes.*hotpath keys rotate [0-9a-f]{12} --grace 0 --yes/),
    });
    expect((await json('show', 'ci')).secrets).toHaveLength(1);
    const { secret } = await json('rotate', 'ci', '--grace', '0', '--yes');
    const endOf = (each: string) => withStore((store) => store.verify(each)?.secretExpiresAt);
    expect(endOf(old)).toBeLessThanOrEqual(Date.now());
    expect(endOf(secret)).toBeNull();
    expect(await keys('rotate', 'ci', '--grace', 'soon')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--grace needs a time'),
    });
  });
});

describe('hotpath keys disable and delete', () => {
  it('stop a key, for a while or for good', async () => {
    const secret = await create('ci');
    expect((await keys('disable', 'ci')).stdout).toMatch(/^The key "ci" opens nothing any more\. .* --enable\n$/);
    expect((await json('show', 'ci')).status).toBe('disabled');
    expect((await json('update', 'ci', '--enable')).status).toBe('active');
    expect(await json('disable', 'ci')).toMatchObject({ name: 'ci', status: 'disabled' });
    expect(await keys('delete', 'ci')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a yes') });
    expect(opens(secret)).toBe('ci');
    expect(await keys('delete', 'ci', '--yes')).toMatchObject({
      code: 0,
      stdout: 'Deleted the key "ci".\n',
      stderr: 'It was the last one.\n',
    });
    expect(opens(secret)).toBeUndefined();
    await create('other');
    expect(await json('delete', 'other', '-y')).toEqual({ deleted: true, id: expect.any(String), name: 'other' });
  });
});

describe('a secret', () => {
  it('is in nothing but the output of its making', async () => {
    const secret = await create('ci', '--budget', '1/day');
    const made = outcomes.splice(0);
    expect(made[0]?.stdout).toBe(`${secret}\n`);
    await keys('list');
    await json('list');
    await keys('show', 'ci');
    await json('show', 'ci');
    await keys('update', 'ci', '--rpm', '5');
    await keys('rotate', 'ci');
    await keys('disable', 'ci');
    for (const command of ['show', 'disable', 'rotate', 'create']) await keys(command, secret);
    await keys('delete', secret, '--yes');
    await keys('create', 'x', '--tag', secret);
    await keys('create', 'x', '--team', `${secret} `);
    await keys('delete', 'ci', '--yes');
    expect(outcomes.length).toBe(15);
    for (const { stdout, stderr } of [...outcomes, { stdout: '', stderr: made[0]?.stderr ?? '' }]) {
      expect(stdout + stderr).not.toContain(secret.slice(8));
    }
    for (const name of readdirSync(dirname(file))) {
      expect(readFileSync(join(dirname(file), name)).includes(secret.slice(8))).toBe(false);
    }
  });
});

it('leaves a file that is no key file alone, and says so in one line', async () => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'not a database '.repeat(100));
  for (const args of [['list'], ['create', 'ci']]) {
    const { code, stdout, stderr } = await keys(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^hotpath \[[A-Z_]+\]: The key file \S+ cannot be used \(file is not a database\)\. .*\n$/);
  }
  expect(readFileSync(file, 'utf8')).toBe('not a database '.repeat(100));
});
