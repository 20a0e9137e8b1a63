// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../src/errors.ts';
import { type LoadedConfig, loadConfig } from '../src/load-config.ts';

let root: string;
let folder: string;
let userFolder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-config-'));
  folder = join(root, 'project');
  userFolder = join(root, 'user');
  mkdirSync(folder);
  mkdirSync(userFolder);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string, where = folder): string => {
  const file = join(where, name);
  writeFileSync(file, text);
  return file;
};

const load = (
  options: { readonly file?: string; readonly environment?: Record<string, string> } = {},
): Promise<LoadedConfig> => loadConfig({ folder, userFolder, home: '/home/ada', environment: {}, ...options });

const failure = async (options?: Parameters<typeof load>[0]): Promise<ConfigError> => {
  const error = await load(options).catch((thrown: unknown) => thrown);
  if (!ConfigError.isInstance(error)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  return error;
};

describe('which file is used', () => {
  it('is none where there is none', async () => {
    expect(await load()).toEqual({ config: {}, file: undefined });
  });

  it('is the one in the working folder before the one of the user', async () => {
    const user = write('hotpath.config.json', '{"defaultModel":"user"}', userFolder);
    expect(await load()).toEqual({ config: { defaultModel: 'user' }, file: user });
    const own = write('hotpath.config.yaml', 'defaultModel: own');
    expect(await load()).toEqual({ config: { defaultModel: 'own' }, file: own });
  });

  it('is the named one before all others', async () => {
    write('hotpath.config.yaml', 'defaultModel: own');
    write('other.json', '{"defaultModel":"variable"}');
    write('third.yml', 'defaultModel: option');
    const environment = { HOTPATH_CONFIG: 'other.json' };
    expect((await load({ environment })).config.defaultModel).toBe('variable');
    expect((await load({ environment, file: 'third.yml' })).config.defaultModel).toBe('option');
    expect((await load({ environment: { HOTPATH_CONFIG: '' } })).config.defaultModel).toBe('own');
  });

  it('must exist when named', async () => {
    expect(await failure({ file: 'gone.yaml' })).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining('gone.yaml, named by --config'),
    });
    expect(await failure({ environment: { HOTPATH_CONFIG: 'gone.yaml' } })).toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining('HOTPATH_CONFIG'),
    });
  });

  it('is an error when two stand side by side', async () => {
    const one = write('hotpath.config.json', '{}');
    const two = write('hotpath.config.yml', '');
    const { code, message } = await failure();
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(`${one} and ${two}`);
  });
});

describe('what is in the file', () => {
  it('may be TypeScript', async () => {
    write('hotpath.config.mts', 'const model: string = "a/b";\nexport default { defaultModel: model } as const;\n');
    expect((await load()).config).toEqual({ defaultModel: 'a/b' });
  });

  it('may be YAML, also an empty one or comments alone', async () => {
    const file = write('hotpath.config.yaml', 'providers:\n  sim:\n    latencyMs: 20ms\naliases: {}\n');
    expect((await load()).config).toEqual({ providers: { sim: { type: 'sim', latencyMs: 20 } }, aliases: {} });
    for (const text of ['', '# nothing yet\n', 'cache:\n']) {
      writeFileSync(file, text);
      expect((await load()).config).toEqual({});
    }
  });

  it('may start with a byte order mark', async () => {
    write('hotpath.config.json', '\uFEFF{"defaultModel":"a"}');
    expect((await load()).config.defaultModel).toBe('a');
  });

  it('may use the environment', async () => {
    write('hotpath.config.json', '{"providers":{"openai":{"apiKey":"${KEY}"}},"server":{"port":"${PORT:-4100}"}}');
    expect((await load({ environment: { KEY: 'k' } })).config).toEqual({
      providers: { openai: { type: 'openai', apiKey: 'k' } },
      server: { port: 4100 },
    });
    expect(await failure()).toMatchObject({
      code: 'CONFIG_ENV_MISSING',
      problems: [{ path: 'providers.openai.apiKey' }],
    });
  });

  it('names the cache file from its own folder or from home', async () => {
    const file = write('hotpath.config.json', '{"cache":{"path":"data/a.sqlite"}}', userFolder);
    expect((await load()).config.cache?.path).toBe(join(userFolder, 'data/a.sqlite'));
    writeFileSync(file, '{"cache":{"path":"~/a.sqlite"}}');
    expect((await load()).config.cache?.path).toBe('/home/ada/a.sqlite');
  });
});

describe('a file that cannot be read', () => {
  const unreadable: readonly [name: string, file: string, text: string, reason: RegExp][] = [
    [
      'JSON',
      'hotpath.config.json',
      '{\n  "apiKey": "sk-secret" "x"\n}',
      /JSON at line 2, column 25: expected "," or "}"\.$/,
    ],
    [
      'YAML',
      'hotpath.config.yaml',
      'a: 1\nkey: sk-secret: x\n',
      /not valid YAML at line 2, column 15: bad indentation/,
    ],
    ['TypeScript', 'hotpath.config.mts', 'export default {', /cannot be read: /],
    ['a module without default export', 'hotpath.config.mts', 'export const a = 1;', /no default export/],
    ['a missing import', 'hotpath.config.mts', 'import "no-such-package-xyz";', /Install what it imports/],
  ];
  it.each(unreadable)('is named with place and reason: %s', async (_, name, text, reason) => {
    const file = write(name, text);
    const error = await failure();
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE', file });
    expect(error.message).toMatch(reason);
    expect(error.message).toContain(file);
    expect(error.message).not.toContain('sk-secret');
  });

  it('may be of an unknown kind', async () => {
    write('settings.toml', '');
    expect((await failure({ file: 'settings.toml' })).message).toMatch(/must end in \.ts, \.mts, \.json/);
  });
});
