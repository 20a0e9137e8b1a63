import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, noOllama, outcomeOf } from './built.ts';

let machine: Machine;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  machine = freshMachine();
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const serve = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const child = machine.start(['serve', ...args], { environment });
  stops.push(() => child.kill('SIGKILL'));
  return { child, outcome: outcomeOf(child) };
};

const ready = async (args: readonly string[] = ['--port', '0'], environment = {}) => {
  const started = serve([...args, '--json'], environment);
  const line = JSON.parse(await heard(started.child.stdout, /\n/));
  return { ...started, line, url: String(line.url) };
};

const occupy = async (port: number): Promise<number | undefined> => {
  const server = createServer();
  const taken = new Promise<number | undefined>((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  const result = await taken;
  if (result !== undefined) stops.push(() => new Promise((resolve) => server.close(resolve)));
  return result;
};

const slowSimulator = '{"providers":{"sim":{"tokensPerSecond":50}},"server":{"shutdownGraceMs":"60s"}}';
const longQuestion = JSON.stringify({
  model: 'sim/sim-1',
  stream: true,
  messages: [{ role: 'user', content: 'a few more words to say '.repeat(4) }],
});
const stream = (url: string, body = longQuestion) =>
  fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe('hotpath serve', () => {
  it('prints one ready line with --json and stops on SIGTERM', async () => {
    const { child, outcome, line, url } = await ready();
    expect(line).toEqual({
      event: 'ready',
      host: '127.0.0.1',
      port: expect.any(Number),
      url: `http://127.0.0.1:${line.port}`,
      models: ['sim/sim-1'],
      simulated: true,
      cacheFile: expect.stringMatching(/answers\.sqlite$/),
      configFile: null,
      warnings: [noOllama],
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('answers are simulated') });
  });

  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  it.skipIf(!hasCurl)('prints a banner whose curl line works when pasted', async () => {
    const { child, outcome } = serve(['--port', '0']);
    const banner = await heard(child.stdout, /curl .*\n/);
    const url = /ready at (http:\S+)/.exec(banner)?.[1];
    expect(banner).toContain('sim/sim-1 (a simulator: no provider is set up)');
    expect(banner).toContain(`OPENAI_BASE_URL=${url}/v1\n`);
    expect(banner).toContain(`ANTHROPIC_BASE_URL=${url}\n`);
    const line = /^ *(curl .*)$/m.exec(banner)?.[1] ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion', choices: [{ finish_reason: 'stop' }] });
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopping') });
  });

  it('lets a stream in flight finish', async () => {
    machine.write('hotpath.config.json', slowSimulator);
    const { child, outcome, url } = await ready();
    const response = await stream(url);
    child.kill('SIGTERM');
    expect(await response.text()).toMatch(/data: \[DONE\]\s*$/);
    expect((await outcome).code).toBe(0);
  });

  it('exits at once on the second signal', async () => {
    machine.write('hotpath.config.json', slowSimulator.replace('50', '1'));
    const { child, outcome, url } = await ready();
    const response = await stream(url);
    child.kill('SIGINT');
    // The server says so once the first signal has been seen.
    while ((await fetch(`${url}/readyz`)).status !== 503);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(143);
    await expect(response.text()).rejects.toThrow();
  });

  it('takes a Ctrl-C that arrives twice for one', async () => {
    machine.write('hotpath.config.json', slowSimulator);
    const { child, outcome, url } = await ready();
    const response = await stream(url);
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await response.text()).toMatch(/data: \[DONE\]\s*$/);
    expect((await outcome).code).toBe(0);
  });

  it('takes the next port where 4000 is taken, and says so', async () => {
    await occupy(4000);
    const { child, outcome, line } = await ready([]);
    expect(line.port).toBeGreaterThan(4000);
    child.kill('SIGTERM');
    expect((await outcome).stderr).toContain(`port 4000 is taken: using ${line.port}.`);
  });

  it('does not give way on a fixed port, whoever fixed it', async () => {
    const port = await occupy(0);
    const message = `port ${port} on 127.0.0.1 is taken. Choose another with --port`;
    const byFlag = await machine.run(['serve', '--port', String(port)]);
    expect(byFlag).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    const byVariable = await machine.run(['serve'], { environment: { HOTPATH_PORT: String(port) } });
    expect(byVariable).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    machine.write('hotpath.config.json', JSON.stringify({ server: { port } }));
    expect(await machine.run(['serve'])).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });

  it.each([
    ['a port out of range', ['--port', '70000'], {}, 2, /--port needs a whole number from 0 to 65535/],
    ['a variable that is no port', [], { HOTPATH_PORT: 'http' }, 2, /HOTPATH_PORT must be a whole number/],
    ['a foreign address', ['--host', '192.0.2.1', '--port', '0'], {}, 1, /cannot listen on 192\.0\.2\.1/],
  ])('refuses %s', async (_, args, environment, code, message) => {
    const outcome = await machine.run(['serve', ...args], { environment });
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('says what is wrong with the keys, and does not blame the address', async () => {
    const home = join(machine.folder, 'other-home');
    mkdirSync(join(home, 'state'), { recursive: true });
    writeFileSync(join(home, 'state', 'keys.sqlite'), 'damaged '.repeat(1000));
    const { code, stderr } = await serve(['--port', '0'], { HOTPATH_HOME: home }).outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^hotpath \[[A-Z_]+\]: The key file \S+ cannot be used \(file is not a database\)\. /m);
    expect(stderr).not.toContain('--host');
    // What fails besides is in the log, which has objects where it is no terminal.
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({ level: 'error', code: 'KEYS_FILE_UNUSABLE' });
  });

  it('still says that an address is not its own', async () => {
    const { code, stderr } = await serve(['--port', '0', '--host', '192.0.2.1']).outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot listen on 192\.0\.2\.1, which is no address of this machine/);
  });

  it('starts without the admin API where its key can be kept nowhere', async () => {
    const home = join(machine.folder, 'other-home');
    mkdirSync(home);
    // As a folder that nothing can be written to, which root can write to.
    writeFileSync(join(home, 'state'), '');
    const { child, outcome, url } = await ready(undefined, { HOTPATH_HOME: home });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/admin/v1/keys`)).status).toBe(404);
    child.kill('SIGTERM');
    const { code, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /there is no admin API\. The admin key file \S+admin\.key can be neither read nor made .*HOTPATH_ADMIN_KEY/,
    );
  });

  it('does not listen for others without a key', async () => {
    const { code, stderr } = await serve(['--host', '0.0.0.0', '--port', '0']).outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(/hotpath keys create <name>.*--allow-anonymous/);
    await machine.run(['keys', 'create', 'ci']);
    const { child, outcome, line } = await ready(['--host', '0.0.0.0', '--port', '0']);
    expect((await fetch(`http://127.0.0.1:${line.port}/v1/models`)).status).toBe(401);
    child.kill('SIGTERM');
    expect((await outcome).stderr).not.toContain("can use your providers' keys");
  });

  it('warns when others can reach it without a key', async () => {
    const { child, outcome, line } = await ready(['--host', '0.0.0.0', '--port', '0', '--allow-anonymous']);
    expect(line.url).toBe(`http://127.0.0.1:${line.port}`);
    child.kill('SIGTERM');
    expect((await outcome).stderr).toContain("can use your providers' keys");
  });

  it('is not its own provider when the shell points SDKs at it', async () => {
    const port = await occupy(0);
    await Promise.all(stops.splice(0).map((stop) => stop()));
    const environment = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
    machine.write('hotpath.config.json', '{"providers":{"sim":{}}}');
    const { child, outcome, line } = await ready(['--port', String(port)], environment);
    expect(line.warnings).toEqual([expect.objectContaining({ code: 'ENVIRONMENT_BASE_URL_OWN' }), noOllama]);
    child.kill('SIGTERM');
    await outcome;
  });
});
