import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAsker } from '../src/ask-lines.ts';
import { freshMachine, type Machine } from './built.ts';
import { endLater } from './exec-runs.ts';
import { hasScript, hotpathOnTerminal, keyOfEnd, keyOfInterrupt, type Terminal } from './pseudo-terminal.ts';

let machine: Machine;
let environment: Readonly<Record<string, string>>;

const listing = async (): Promise<string> => {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end('{"data":[{"id":"gpt-4o"},{"id":"gpt-4.1-nano"}]}'),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  endLater(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};

beforeEach(async () => {
  machine = freshMachine();
  environment = { OPENAI_API_KEY: 'sk-very-secret', OPENAI_BASE_URL: await listing() };
});

const written = (format = 'yaml'): string => readFileSync(join(machine.folder, `hotpath.config.${format}`), 'utf8');
const files = (): readonly string[] => readdirSync(machine.folder).filter((name) => name.includes('config'));
const init = (...args: string[]) => machine.run(['init', ...args], { environment });

const yaml = `# Configuration of Hotpath. Every setting is optional; "hotpath config check" shows what is in effect.
providers:
  openai:
    apiKey: \${OPENAI_API_KEY}
    baseUrl: \${OPENAI_BASE_URL}
defaultModel: openai/gpt-4.1-nano
cache:
  ttlMs: 24h
`;

describe('hotpath init', () => {
  it('writes what it finds, keys by their names alone, and says what to try', async () => {
    const { code, stdout, stderr } = await init('--yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(written()).toBe(yaml);
    expect(stderr).toContain('Wrote hotpath.config.yaml. Try next:\n  hotpath providers test\n');
    expect(stderr + written()).not.toContain('very-secret');
    expect((await machine.run(['config', 'check'], { environment })).code).toBe(0);
  });

  it.each(['yaml', 'json', 'ts'])('writes %s that is valid and says the same', async (format) => {
    expect((await init('--yes', '--format', format, '--cache-ttl', '2d')).code).toBe(0);
    expect(files()).toEqual([`hotpath.config.${format}`]);
    const get = async (path: string) => (await machine.run(['config', 'get', path], { environment })).stdout;
    expect([await get('cache.ttlMs'), await get('defaultModel')]).toEqual(['2d\n', 'openai/gpt-4.1-nano\n']);
    expect(written(format)).not.toContain('very-secret');
  });

  it('overwrites nothing unless told to', async () => {
    machine.write('hotpath.config.yaml', '# mine\n');
    const refused = await init('--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('or replace it with --force');
    expect(written()).toBe('# mine\n');
    // Two side by side would be an error to every other command.
    expect(await init('--yes', '--force', '--format', 'json')).toMatchObject({ code: 2 });
    expect(files()).toEqual(['hotpath.config.yaml']);
    expect((await init('--yes', '--force', '--no-cache')).code).toBe(0);
    expect(written()).toContain('cache:\n  enabled: false\n');
  });

  it('takes providers that are named, and tells which variable is missing', async () => {
    const { code, stdout } = await init('--yes', '--provider', 'anthropic', '--provider', 'sim', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      providers: ['anthropic', 'sim'],
      next: expect.arrayContaining(['export ANTHROPIC_API_KEY=…']),
    });
    expect(written()).toMatch(/anthropic:\n {4}apiKey: \$\{ANTHROPIC_API_KEY\}\n {2}sim: \{\}/);
  });

  it.each([
    [[], 'Nobody can be asked here. Add --yes'],
    [['--yes', '--format', 'toml'], '--format must be yaml, json, ts'],
    [['--yes', '--provider', 'opanai'], '--provider must be one of'],
    [['--yes', '--cache-ttl', 'soon'], '--cache-ttl must be a duration'],
  ])('refuses %j', async (args, message) => {
    expect(await init(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(files()).toEqual([]);
  });
});

describe.skipIf(!hasScript)('hotpath init on a terminal (needs script of util-linux)', () => {
  const onTerminal = (args = 'init', given = environment): Terminal => {
    const terminal = hotpathOnTerminal(machine, args, given);
    endLater(terminal.kill);
    return terminal;
  };

  it('asks, with defaults that an empty answer takes', async () => {
    const { outcome, shown, type } = onTerminal();
    await shown(/Use openai, found by OPENAI_API_KEY\? \(y\/n\) \[y\] /);
    type('\n');
    await shown(/ 1 {2}openai\/gpt-4\.1-nano\r\n +2 {2}openai\/gpt-4o\r\n.*\[openai\/gpt-4\.1-nano\] /);
    type('9\n');
    await shown(/Answer with a number from 1 to 2, or a name\./);
    type('2\n');
    await shown(/Keep answers.*\[y\] /);
    type('\n');
    await shown(/For how long\?.*\[24h\] /);
    type('soon\n');
    await shown(/For how long\?/);
    type('7d\n');
    expect((await outcome).code).toBe(0);
    expect(written()).toBe(yaml.replace('gpt-4.1-nano', 'gpt-4o').replace('24h', '7d'));
  });

  it('keeps out what was declined', async () => {
    const { outcome, shown, type } = onTerminal();
    await shown(/Use openai/);
    type('n\n');
    await shown(/Which provider will you use\? \[sim\] /);
    type('sim\n\n\n\n');
    expect((await outcome).code).toBe(0);
    expect(written()).toContain('providers:\n  sim: {}\ndetect:\n  environment: false\n');
  });

  it('leaves nothing behind at Ctrl-C or at the end of the input', async () => {
    const interrupted = onTerminal();
    await interrupted.shown(/Use openai/);
    interrupted.type('y\n');
    await interrupted.shown(/Default model/);
    interrupted.type(keyOfInterrupt);
    expect((await interrupted.outcome).code).toBe(130);
    const ended = onTerminal();
    await ended.shown(/Use openai/);
    ended.type(keyOfEnd);
    const { code, stdout } = await ended.outcome;
    expect(code).toBe(2);
    expect(stdout).toContain('Nothing was changed');
    expect(files()).toEqual([]);
  });

  it('asks before it replaces a file', async () => {
    machine.write('hotpath.config.yaml', '# mine\n');
    const { outcome, shown, type } = onTerminal();
    await shown(/is there already\. Replace it\? \(y\/n\) \[n\] /);
    type('\n');
    expect((await outcome).code).toBe(0);
    expect(written()).toBe('# mine\n');
    expect(existsSync(join(machine.folder, 'hotpath.config.yaml'))).toBe(true);
  });
});

it('takes answers that were pasted at once', async () => {
  const input = new PassThrough();
  const asker = await createAsker({ signal: new AbortController().signal, input, output: new PassThrough() });
  input.write('one\nmaybe\nno\n2\nother\n');
  expect(await asker.text('a?', '')).toBe('one');
  expect(await asker.yes('b?', true)).toBe(false);
  expect(await asker.choose('c?', ['x', 'y'], 'x')).toBe('y');
  expect(await asker.choose('d?', ['x', 'y'], 'x', true)).toBe('other');
  input.end();
  await expect(asker.text('e?', 'preset')).rejects.toMatchObject({ code: 'CLI_CONFIRMATION_MISSING' });
});
