import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine, noOllama, outcomeOf } from './built.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

describe('hotpath models', () => {
  it('prints a table, and what could not be listed on standard error', async () => {
    machine.write(
      'hotpath.config.yaml',
      'providers:\n  mine: { type: sim, models: [quick, slow] }\n  gone: { type: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" }\n',
    );
    const { code, stdout, stderr } = await machine.run(['models']);
    expect(code).toBe(0);
    expect(stdout).toBe('MODEL       FROM\nmine/quick  configuration\nmine/slow   configuration\n');
    expect(stderr).toMatch(/^hotpath \[[A-Z_]+\]: gone did not list its models: /m);

    const asJson = await machine.run(['models', '--json']);
    expect(JSON.parse(asJson.stdout)).toEqual({
      models: [
        { id: 'mine/quick', provider: 'mine', model: 'quick' },
        { id: 'mine/slow', provider: 'mine', model: 'slow' },
      ],
      failures: [{ provider: 'gone', code: 'ROUTER_UPSTREAM_UNREACHABLE', message: expect.any(String) }],
    });
  });

  it('fails where there are none, and says what the simulator is', async () => {
    expect(await machine.run(['models'])).toMatchObject({ code: 0, stderr: expect.stringContaining('simulator') });
    const environment = { XAI_API_KEY: 'k', XAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    expect(await machine.run(['models'], { environment })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('a configuration that never arrives', () => {
  it('is a failure, not a silent success', async () => {
    machine.write('hotpath.config.ts', 'await new Promise(() => {});\nexport default {};\n');
    const { code, stderr } = await machine.run(['config', 'check']);
    expect(code).toBe(1);
    expect(stderr).toContain('something it waits for never comes');
  });
});

describe('Ctrl-C', () => {
  it('ends a command also while a provider keeps it waiting', async () => {
    const server = createServer();
    const asked = new Promise((resolve) => server.on('request', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      const child = machine.start(['models'], { environment: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: baseUrl } });
      const outcome = outcomeOf(child);
      await asked;
      child.kill('SIGINT');
      expect(await outcome).toMatchObject({ code: 130, stdout: '' });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('hotpath config check', () => {
  it('shows the effective configuration without secrets', async () => {
    // Node warns of TypeScript beside a package.json without a type; that is not for the user's eyes.
    machine.write('package.json', '{}');
    const file = machine.write(
      'hotpath.config.ts',
      'export default { providers: { openai: { apiKey: "sk-secret" } }, cache: { ttlMs: "1h" } };\n',
    );
    const shown = await machine.run(['config', 'check'], { environment: { ANTHROPIC_API_KEY: 'sk-secret-too' } });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(file);
    expect(shown.stdout).toContain('  anthropic from ANTHROPIC_API_KEY\n');
    expect(shown.stdout).toContain('      apiKey: "***"\n');
    expect(shown.stdout).toContain('    ttlMs: 1h\n');
    expect(shown.stdout).toContain('    memoryBytes: 64MB\n');
    expect(shown.stdout).toContain('    firstTokenMs: 2m\n');

    const asJson = await machine.run(['config', 'check', '--json'], {
      environment: { ANTHROPIC_API_KEY: 'sk-secret-too' },
    });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      valid: true,
      file,
      config: { providers: { openai: { type: 'openai', apiKey: '***' } }, cache: { ttlMs: 3_600_000 } },
      sources: { openai: 'configuration', anthropic: 'ANTHROPIC_API_KEY' },
      warnings: [noOllama],
    });
    expect(shown.stdout + shown.stderr + asJson.stdout + asJson.stderr).not.toContain('sk-secret');
    expect(shown.stderr).not.toMatch(/Warning/);
  });

  it('reads TypeScript where only the command is installed, its types from a package that is not there', async () => {
    machine.write(
      'hotpath.config.ts',
      "import type { HotpathConfig } from '@hotpath/runtime';\nexport default { defaultModel: 'a/b' } satisfies HotpathConfig;\n",
    );
    const { code, stdout } = await machine.run(['config', 'check']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('  defaultModel: "a/b"\n') });

    machine.write(
      'hotpath.config.ts',
      "import { defineConfig } from '@hotpath/runtime';\nexport default defineConfig({});\n",
    );
    const refused = await machine.run(['config', 'check']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /Cannot find package '@hotpath\/runtime'.*\. .*works without it: write `export default \{/,
    );
  });

  it('tells every problem and exits with 1', async () => {
    const file = machine.write('hotpath.config.json', '{"cahce":{},"server":{"port":"x"}}');
    const { code, stdout, stderr } = await machine.run(['config', 'check']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${file} has 2 problems:`);
    expect(stderr).toContain('cahce: unknown key. Did you mean "cache"?');

    const asJson = await machine.run(['config', 'check', '--json']);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      valid: false,
      file,
      code: 'CONFIG_INVALID',
      problems: [{ path: 'server.port' }, { path: 'cahce' }],
    });
  });

  it('tells what a start would object to', async () => {
    const yaml =
      'providers: { sim: {}, other: { type: sim } }\nroutes: { mix: { targets: [sim/sim-1, openai/gpt-4o] } }\n';
    const file = machine.write('hotpath.config.yaml', yaml);
    const { code, stdout, stderr } = await machine.run(['config', 'check']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The route "mix" names "openai/gpt-4o"');
    expect(existsSync(join(machine.folder, 'home', 'cache', 'answers.sqlite'))).toBe(false);
    const start = await machine.run(['serve', '--port', '0']);
    expect({ ...start, stderr: start.stderr.replace('ROUTER_REQUEST_INVALID', 'CONFIG_INVALID') }).toEqual({
      code,
      stdout,
      stderr,
    });

    const asJson = await machine.run(['config', 'check', '--json']);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      valid: false,
      file,
      code: 'CONFIG_INVALID',
      problems: [{ code: 'CONFIG_INVALID', path: 'routes', message: expect.stringContaining('openai/gpt-4o') }],
    });
    expect(await machine.run(['config', 'check'], { environment: { OPENAI_API_KEY: 'k' } })).toMatchObject({ code: 0 });
  });

  it('says that nothing is set up', async () => {
    const { code, stdout, stderr } = await machine.run(['config', 'check']);
    expect(code).toBe(0);
    expect(stdout).toContain('none: environment and defaults');
    expect(stdout).toContain('Providers\n  sim, built in\n');
    expect(stderr).toContain('the simulator answers. Set OPENAI_API_KEY');
  });
});
