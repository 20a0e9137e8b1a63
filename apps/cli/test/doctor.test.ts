import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkKey, judgeClock } from '../src/doctor/access.ts';
import type { Check } from '../src/doctor/check.ts';
import { judgeSpace } from '../src/doctor/folders.ts';
import { checkInstallation, checkNode } from '../src/doctor/installation.ts';
import { checkProxy } from '../src/doctor/proxy.ts';
import { checkCompletions } from '../src/doctor/shell.ts';
import { entry, freshMachine, type Machine } from './built.ts';
import { endLater, serve } from './exec-runs.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
  machine.write('hotpath.config.json', '{"providers":{"sim":{}},"detect":{"ollama":false}}');
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

interface Examination {
  readonly code: number | null;
  readonly healthy: boolean;
  readonly checks: readonly Check[];
  check(code: string): Check | undefined;
}

const doctor = async (environment: Readonly<Record<string, string>> = {}, ...args: string[]): Promise<Examination> => {
  const port = { HOTPATH_PORT: String(await freePort()) };
  const { code, stdout } = await machine.run(['doctor', '--json', ...args], {
    environment: { ...port, ...environment },
  });
  const { healthy, checks } = JSON.parse(stdout) as Pick<Examination, 'healthy' | 'checks'>;
  return { code, healthy, checks, check: (name) => checks.find((check) => check.code === name) };
};

describe('hotpath doctor', () => {
  it('looks at everything, and is content with a good set-up', async () => {
    const { code, healthy, checks } = await doctor();
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    const codes = checks.map((check) => check.code);
    for (const name of ['NODE_VERSION', 'INSTALLATION', 'PATH', 'CONFIG_FILE', 'CONFIG_VALID', 'PROVIDER:sim']) {
      expect(codes).toContain(name);
    }
    for (const name of ['STATE_FOLDER', 'CACHE_FOLDER', 'DISK_SPACE', 'EVENTS', 'CACHE:file', 'GATEWAY', 'PROXY']) {
      expect(codes).toContain(name);
    }
    // Whoever is not well is told what to do.
    for (const check of checks)
      expect([check.code, check.status === 'ok' || check.fix !== undefined]).toEqual([check.code, true]);
    expect(existsSync(join(machine.folder, 'home'))).toBe(false);
    const { stdout } = await machine.run(['doctor']);
    expect(stdout).toMatch(/^ok {4}CONFIG_VALID: the configuration is valid\.$/m);
  });

  it('fails where the configuration is wrong, and goes on looking', async () => {
    machine.write('hotpath.config.json', '{"cahce":{}}');
    const { code, check, checks } = await doctor();
    expect(code).toBe(1);
    expect(check('CONFIG_VALID')).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('Did you mean "cache"?'),
    });
    expect(checks.length).toBeGreaterThan(4);
  });

  it('fails where a provider does, and tells the time by one that answers', async () => {
    const server = createServer((_, response) => response.writeHead(401).end('{}')).listen(0, '127.0.0.1');
    endLater(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, check } = await doctor({
      OPENAI_API_KEY: 'your key',
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    });
    expect(code).toBe(1);
    expect(check('PROVIDER:openai')).toMatchObject({ status: 'fail', fix: expect.stringContaining('Correct the key') });
    expect(check('KEY:openai')).toMatchObject({ status: 'warn', text: expect.stringContaining('has a space') });
    expect(check('CLOCK')).toMatchObject({ status: 'ok' });
  });

  it('finds a file of events that is damaged, and none where it is well', async () => {
    const path = join(machine.folder, 'home', 'state', 'events.sqlite');
    await machine.run(['ask', 'one']);
    expect((await doctor()).check('EVENTS')).toMatchObject({ status: 'ok', text: `${path} can be read.` });
    writeFileSync(path, 'no database '.repeat(1000));
    const { code, check } = await doctor();
    expect(code).toBe(1);
    expect(check('EVENTS')).toMatchObject({ status: 'fail', text: expect.stringContaining('a new one is made') });
  });

  it('mends folders, and changes nothing without --fix', async () => {
    const state = join(machine.folder, 'home', 'state');
    mkdirSync(state, { recursive: true });
    chmodSync(state, 0o755);
    expect((await doctor()).check('STATE_FOLDER')).toMatchObject({ status: 'warn', fix: `chmod 700 ${state}` });
    expect(statSync(state).mode & 0o777).toBe(0o755);
    const mended = await doctor({}, '--fix');
    expect(mended.check('STATE_FOLDER')).toMatchObject({ status: 'ok', text: expect.stringContaining('Mended.') });
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(join(machine.folder, 'home', 'cache')).mode & 0o777).toBe(0o700);
  });

  it('fails where the state folder is a file', async () => {
    machine.write('home', '');
    const { code, check } = await doctor();
    expect(code).toBe(1);
    expect(check('STATE_FOLDER')).toMatchObject({ status: 'fail', fix: expect.stringContaining('HOTPATH_HOME') });
  });

  it('finds damage in the cache', async () => {
    const folder = join(machine.folder, 'home', 'cache');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'answers.sqlite'), 'no database'.repeat(1000));
    const { code, check } = await doctor();
    expect(code).toBe(1);
    expect(check('CACHE:file')).toMatchObject({ status: 'fail', text: expect.stringContaining('damaged') });
  });

  it('knows a gateway from something else on its port', async () => {
    const url = await serve(machine);
    const { port } = new URL(url);
    expect((await doctor({ HOTPATH_PORT: port })).check('GATEWAY')).toMatchObject({
      status: 'ok',
      text: `a gateway of this version runs at ${url} and is well.`,
    });
    const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    endLater(() => other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const taken = String((other.address() as AddressInfo).port);
    expect((await doctor({ HOTPATH_PORT: taken })).check('GATEWAY')).toMatchObject({ status: 'warn' });
  });
});

describe('a check', () => {
  it.each([
    ['22.17.1', 'fail'],
    ['22.18.0', 'ok'],
    ['25.1.0', 'warn'],
    ['26.0.0', 'ok'],
  ])('of Node %s: %s', (version, status) => expect(checkNode(version).status).toBe(status));

  it.each([
    [{}, 'ok'],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'warn'],
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost', NODE_USE_ENV_PROXY: '1' }, 'ok'],
    [{ https_proxy: 'proxy', NO_PROXY: '*' }, 'warn'],
  ])('of the proxy in %j: %s', (environment, status) => expect(checkProxy(environment).status).toBe(status));

  it.each([
    ['openai', 'sk-proj-0123456789abcdef', 'ok'],
    ['openai', 'sk-ant-0123456789abcdef0', 'ok'],
    ['openai', 'xai-0123456789abcdef0123', 'warn'],
    ['openai', '"sk-proj-0123456789abcdef"', 'warn'],
    ['openai', 'sk-proj-0123456789abcdef\n', 'warn'],
    ['openai', 'sk-short', 'warn'],
    ['anthropic', 'sk-ant-0123456789abcdef0', 'ok'],
    ['anthropic', 'sk-proj-0123456789abcdef', 'warn'],
  ] as const)('of a key of %s, %j: %s', (type, apiKey, status) => {
    const check = checkKey({ id: type, source: 'configuration', config: { type, apiKey } });
    expect(check?.status).toBe(status);
    expect(JSON.stringify(check)).not.toContain('0123456789');
  });

  it.each([
    [0, 'ok'],
    [59_000, 'ok'],
    [-90_000, 'warn'],
    [600_000, 'warn'],
  ])('of a clock that is %i ms off: %s', (skew, status) => {
    const check = judgeClock(1_000_000_000, 1_000_000_000 + skew, 'api.example.com');
    expect(check.status).toBe(status);
    if (status === 'warn') expect(check.text).toContain(skew > 0 ? 'ahead of' : 'behind');
  });

  it.each([
    [1024 ** 3 * 5, 'ok'],
    [1024 ** 2 * 500, 'warn'],
    [1024 ** 2, 'fail'],
  ])('of %i free bytes: %s', (free, status) => expect(judgeSpace('/cache', free, 1024 ** 3).status).toBe(status));

  it('of the completions looks where the shell does', () => {
    expect(checkCompletions({ SHELL: '/bin/tcsh' }, machine.folder)).toBeUndefined();
    expect(checkCompletions({ SHELL: '/bin/zsh' }, machine.folder)).toMatchObject({ status: 'warn' });
    machine.write('.zshrc', 'eval "$(hotpath completions zsh)"\n');
    expect(checkCompletions({ SHELL: '/bin/zsh' }, machine.folder)).toMatchObject({ status: 'ok' });
  });

  it('of the search path tells which one a shell runs', () => {
    const [mine, other] = ['mine', 'other'].map((name) => join(machine.folder, name));
    for (const folder of [mine, other]) mkdirSync(folder ?? '');
    const path = (...folders: (string | undefined)[]) => ({ PATH: folders.join(delimiter) });
    expect(checkInstallation(path(mine), entry)[1]).toMatchObject({
      status: 'warn',
      text: expect.stringContaining('no "hotpath"'),
    });
    symlinkSync(entry, join(mine ?? '', 'hotpath'));
    symlinkSync(machine.write('hotpath.js', ''), join(other ?? '', 'hotpath'));
    expect(checkInstallation(path(mine, other), entry)[1]).toMatchObject({ status: 'ok' });
    expect(checkInstallation(path(other, mine), entry)[1]).toMatchObject({
      status: 'warn',
      text: expect.stringContaining('another one'),
    });
  });
});
