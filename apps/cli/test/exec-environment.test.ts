import { describe, expect, it } from 'vitest';
import { pointedArguments, pointedVariables } from '../src/exec/environment.ts';
import { exportLines } from '../src/exec/shell-lines.ts';
import { showDollars } from '../src/exec/summary.ts';
import { type Api, apis } from '../src/exec/variables.ts';

const url = 'http://127.0.0.1:4100/secret';
const placeholder = 'sk-hotpath-placeholder';

const variables = (
  environment: Readonly<Record<string, string>> = {},
  options: { readonly program?: string; readonly apis?: readonly Api[]; readonly url?: string } = {},
): Readonly<Record<string, string>> => pointedVariables({ url, apis, environment, ...options });

describe('the variables of a command', () => {
  it('are base URLs as each SDK wants them, and a placeholder where there is no key', () => {
    expect(variables()).toEqual({
      HOTPATH_URL: url,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_BASE: `${url}/v1`,
      OPENAI_API_BASE_URL: `${url}/v1`,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_BASE: url,
      ANTHROPIC_API_URL: url,
      XAI_BASE_URL: `${url}/v1`,
      XAI_API_BASE: `${url}/v1`,
      OPENAI_API_KEY: placeholder,
      ANTHROPIC_API_KEY: placeholder,
      XAI_API_KEY: placeholder,
    });
  });

  it('leave a key alone that is set, whichever of the two of Anthropic it is', () => {
    const keys = { OPENAI_API_KEY: 'sk-mine', ANTHROPIC_AUTH_TOKEN: 'token', XAI_API_KEY: ' ' };
    const pointed = variables(keys);
    expect(pointed).not.toHaveProperty('OPENAI_API_KEY');
    expect(pointed).not.toHaveProperty('ANTHROPIC_API_KEY');
    expect(pointed).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    expect(pointed.XAI_API_KEY).toBe(placeholder);
  });

  it('are those of the APIs asked for alone', () => {
    expect(Object.keys(variables({}, { apis: ['xai'] }))).toEqual([
      'HOTPATH_URL',
      'XAI_BASE_URL',
      'XAI_API_BASE',
      'XAI_API_KEY',
    ]);
  });

  it.each(['claude', '/usr/local/bin/claude'])('give %s a token, since it asks about a key', (program) => {
    const pointed = variables({}, { program });
    expect(pointed.ANTHROPIC_AUTH_TOKEN).toBe(placeholder);
    expect(pointed).not.toHaveProperty('ANTHROPIC_API_KEY');
    expect(variables({ ANTHROPIC_API_KEY: 'k' }, { program })).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    expect(variables({ CLAUDE_CODE_OAUTH_TOKEN: 't' }, { program })).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
  });

  it('hold what one program alone reads only for that one', () => {
    expect(variables({}, { program: 'goose' })).toMatchObject({ OPENAI_HOST: url, ANTHROPIC_HOST: url });
    expect(variables({}, { program: 'copilot' })).toMatchObject({ COPILOT_PROVIDER_BASE_URL: `${url}/v1` });
    expect(variables({}, { program: 'node' })).not.toHaveProperty('OPENAI_HOST');
    expect(variables({}, { program: 'constructor' })).toEqual(variables());
  });

  it.each([
    [{ HTTP_PROXY: 'http://proxy:3128' }, 'localhost,127.0.0.1,::1'],
    [{ https_proxy: 'http://proxy:3128', no_proxy: 'a.example' }, 'a.example,localhost,127.0.0.1,::1'],
    [{ ALL_PROXY: 'socks5://proxy', NO_PROXY: 'a, localhost', no_proxy: 'b' }, 'b,a,localhost,127.0.0.1,::1'],
  ])('keep a proxy out between tool and gateway: %j', (environment, list) => {
    expect(variables(environment)).toMatchObject({ NO_PROXY: list, no_proxy: list });
  });

  it.each([
    ['without a proxy', {}, url],
    ['where everything is an exception', { HTTP_PROXY: 'http://proxy', no_proxy: '*' }, url],
    ['for a gateway elsewhere', { HTTP_PROXY: 'http://proxy' }, 'https://gateway.example'],
  ])('name no exceptions from a proxy %s', (_, environment, gateway) => {
    expect(variables(environment, { url: gateway })).not.toHaveProperty('NO_PROXY');
  });
});

describe('the arguments of a command', () => {
  it('say to codex what it reads from no variable', () => {
    const added = pointedArguments({ url, apis, program: 'codex' });
    expect(added).toEqual([
      '-c',
      'model_provider="hotpath"',
      '-c',
      `model_providers.hotpath={name="Hotpath",base_url="${url}/v1",env_key="OPENAI_API_KEY",wire_api="responses"}`,
    ]);
    expect(pointedArguments({ url, apis: ['anthropic'], program: 'codex' })).toEqual([]);
    expect(pointedArguments({ url, apis, program: 'aider' })).toEqual([]);
    expect(pointedArguments({ url, apis, program: 'constructor' })).toEqual([]);
  });
});

it('quotes values for a shell', () => {
  expect(exportLines({ A: "it's" }, 'win32', {})).toBe("$env:A = 'it''s'\n");
  expect(exportLines({ A: "it's" }, 'win32', { SHELL: '/usr/bin/bash' })).toMatch(/^export A=/);
  expect(exportLines({ A: "it's", B: '$(x)' }, 'linux', {})).toBe(
    `${String.raw`export A='it'\''s'`}\nexport B='$(x)'\n`,
  );
});

it.each([
  [0, '$0.00'],
  [0.00004, 'under $0.0001'],
  [0.01234, '$0.0123'],
  [12.345, '$12.35'],
])('shows %d dollars as %s', (usd, text) => {
  expect(showDollars(usd)).toBe(text);
});
