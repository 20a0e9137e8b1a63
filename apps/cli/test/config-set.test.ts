// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what stands in a configuration
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSet } from '../src/commands/config-set.ts';
import { findProblems } from '../src/config/find-problems.ts';
import { replaceFile } from '../src/config/replace-file.ts';
import { freshMachine, type Machine } from './built.ts';

const yaml =
  '# ours\nproviders:\n  mine: { type: sim, models: [quick] } # fast\n  spare: { type: sim }\naliases: { fast: mine/quick }\ndetect: { ollama: false }\n';

let machine: Machine;
let file: string;

beforeEach(() => {
  machine = freshMachine();
  file = machine.write('hotpath.config.yaml', yaml);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const text = (): string => readFileSync(file, 'utf8');
const config = (...args: string[]) => machine.run(['config', ...args]);

describe('hotpath config set', () => {
  it('changes the file, and get tells the effective value', async () => {
    expect(await config('set', 'cache.ttlMs', '90m')).toEqual({
      code: 0,
      stdout: '',
      stderr: `Changed cache.ttlMs in ${file}.\n`,
    });
    expect(text()).toBe(`${yaml}cache:\n  ttlMs: 90m\n`);
    expect(await config('get', 'cache.ttlMs')).toEqual({ code: 0, stdout: '90m\n', stderr: '' });
    expect((await config('get', 'cache.ttlMs', '--json')).stdout).toBe('5400000\n');
    expect(JSON.parse((await config('set', 'cache.ttlMs', '90m', '--json')).stdout)).toEqual({
      file,
      path: 'cache.ttlMs',
      changed: false,
    });
    await config('set', '--unset', 'cache');
    expect(text()).not.toContain('cache');
    expect(text()).toContain('# fast');
    expect((await config('get', 'cache.ttlMs')).stdout).toBe('1d\n');
  });

  it.each([
    [['cache.ttlMs', 'soon'], 'cache.ttlMs: expected'],
    [['cahce.ttlMs', '1h'], 'cahce: unknown key. Did you mean "cache"?'],
    [['routes', '{"mix":{"targets":["other/x"]}}'], 'The route "mix" names "other/x"'],
    [['aliases.fast.deeper', 'x'], 'aliases.fast is a single value'],
  ])('refuses what would be wrong: %j', async (args, problem) => {
    const { code, stdout, stderr } = await config('set', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(problem);
    expect(text()).toBe(yaml);
    expect(readdirSync(machine.folder).filter((name) => name.includes('config'))).toEqual(['hotpath.config.yaml']);
  });

  it('lets a wrong file be mended step by step', async () => {
    machine.write('hotpath.config.yaml', 'cache: { ttlMs: soon }\nserver: { port: x }\n');
    expect((await config('set', 'cache.ttlMs', '1h')).code).toBe(0);
    expect(text()).toBe('cache: { ttlMs: 1h }\nserver: { port: x }\n');
    expect((await config('set', 'cache.ttlMs', 'later')).code).toBe(1);
  });

  it('says what to write into a program, and leaves it alone', async () => {
    file = machine.write('own.ts', 'export default {};\n');
    const { code, stderr } = await config('set', 'cache.ttlMs', '1h', '--config', 'own.ts');
    expect(code).toBe(1);
    expect(stderr).toContain('own.ts is a program, which is not changed from here. Write in cache: ttlMs: "1h"');
    expect(text()).toBe('export default {};\n');
  });

  it('shows no secret, and warns of one in the file', async () => {
    const set = await config('set', 'providers.openai.apiKey', 'sk-very-secret');
    expect(set.stderr).toContain("reference, such as '${OPENAI_API_KEY}'");
    const got = await config('get', 'providers.openai.apiKey');
    expect(got).toMatchObject({ code: 0, stdout: '***\n' });
    expect((await config('get', 'providers')).stdout).toContain('apiKey: "***"');
    expect(set.stdout + set.stderr + got.stderr).not.toContain('sk-very-secret');
    expect((await config('get', '--show-secrets', 'providers.openai.apiKey')).stdout).toBe('sk-very-secret\n');
    // A variable that is set elsewhere is no mistake.
    const referred = await config('set', 'providers.openai.apiKey', '${ELSEWHERE}');
    expect(referred).toMatchObject({ code: 0, stderr: expect.stringContaining('ELSEWHERE is not set') });
    expect(text()).toContain('${ELSEWHERE}');
  });

  it('shows no header of telemetry, and of a webhook who is called', async () => {
    machine.write(
      'hotpath.config.yaml',
      'telemetry: { otlp: { endpoint: "http://localhost:4318", headers: { authorization: "Bearer sk-very-secret" } } }\n' +
        'alerts: { webhook: "https://hooks.example.com/services/sk-very-secret" }\n',
    );
    for (const words of [
      ['get', 'telemetry'],
      ['get', 'alerts', '--json'],
      ['get', 'alerts.webhook'],
      ['check'],
      ['check', '--json'],
      ['set', 'alerts.webhook', 'htps://hooks.example.com/sk-very-secret'],
    ]) {
      const { stdout, stderr } = await config(words[0] ?? '', ...words.slice(1));
      expect(stdout + stderr).not.toContain('very-secret');
    }
    const { stdout, stderr } = await config('get', 'alerts.webhook');
    expect(stdout).toBe('https://hooks.example.com/***\n');
    expect(stderr).toContain('--show-secrets');
    const shown = await config('get', '--show-secrets', 'telemetry.otlp.headers');
    expect(shown.stdout).toContain('Bearer sk-very-secret');
    const set = await config('set', 'alerts.webhook', 'https://hooks.example.com/sk-very-secret');
    expect(set.stderr).toContain('the secret itself now stands in the file');
  });

  it('keeps links and permissions', async () => {
    const linked = join(machine.folder, 'linked.yaml');
    symlinkSync(file, linked);
    chmodSync(file, 0o640);
    expect((await config('set', 'cache.ttlMs', '1h', '--config', 'linked.yaml')).code).toBe(0);
    expect(lstatSync(linked).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(text()).toContain('1h');
  });

  it('does not write over what somebody else has written meanwhile', async () => {
    const check = async () => void machine.write('hotpath.config.yaml', 'cache: { ttlMs: 3h }\n');
    await expect(replaceFile(file, 'x', { before: yaml, check })).rejects.toMatchObject({ code: 'CLI_FILE_CHANGED' });
    expect(text()).toBe('cache: { ttlMs: 3h }\n');
    expect(readdirSync(machine.folder)).toEqual(['hotpath.config.yaml']);
  });

  it('leaves a valid file or the old one, whatever is set', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const path = fc.oneof(
      fc.constantFrom('cache.ttlMs', 'cache.enabled', 'aliases.fast', 'server.port', 'providers.mine.models[0]'),
      fc.constantFrom('detect.ollama', 'timeouts.totalMs', 'cache.redis.url', 'defaultModel', 'routes.a.targets'),
      fc.string(),
    );
    const value = fc.oneof(
      fc.constantFrom(
        '1h',
        'true',
        '-1',
        '[]',
        '{}',
        '["mine/quick"]',
        'null',
        '"',
        '${A:-1}',
        '${',
        '*a',
        '&b',
        '- c',
      ),
      fc.string({ unit: 'grapheme' }),
      fc.json({ maxDepth: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(path, value, async (setting, given) => {
        machine.write('hotpath.config.yaml', yaml);
        const flags = { unset: false, json: false, config: file };
        const { signal } = new AbortController();
        try {
          await configSet.run({ flags, positionals: [setting, given], signal, catalogue: [] });
          expect((await findProblems(file)).filter(({ code }) => code !== 'CONFIG_ENV_MISSING')).toEqual([]);
          expect(text()).toContain('# ours');
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('CLI_'))) throw error;
          expect(text()).toBe(yaml);
        }
        expect(readdirSync(machine.folder)).toEqual(['hotpath.config.yaml']);
      }),
      { numRuns: 150 },
    );
  });
});

describe('hotpath config get', () => {
  it('tells what is not set, and what was meant', async () => {
    const { code, stdout, stderr } = await config('get', 'cache.ttlms');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('cache.ttlms is not set, and has no default. Did you mean cache.ttlMs?');
    expect((await config('get', 'providers.mine.models')).stdout).toBe('quick\n');
    expect((await config('get')).code).toBe(2);
    expect((await config('get', 'a..b')).code).toBe(2);
  });
});

describe('hotpath config path', () => {
  it('prints the file, valid or not, or fails', async () => {
    machine.write('hotpath.config.yaml', 'cache: [');
    expect(await config('path')).toEqual({ code: 0, stdout: `${file}\n`, stderr: '' });
    expect(await freshMachine().run(['config', 'path'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('hotpath init'),
    });
  });
});
