import { renameSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';

let machine: Machine;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  machine = freshMachine();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const ready = async (args: readonly string[] = []) => {
  const child = machine.start(['serve', '--port', '0', '--json', ...args]);
  stops.push(() => child.kill('SIGKILL'));
  const outcome = outcomeOf(child);
  const { url } = JSON.parse(await heard(child.stdout, /\n/));
  const stop = () => {
    child.kill('SIGTERM');
    return outcome;
  };
  return { child, outcome, stop, url: String(url) };
};

const config = (model: string, more: object = {}) =>
  machine.write(
    'hotpath.config.json',
    JSON.stringify({ providers: { sim: {} }, aliases: { [model]: 'sim/sim-1' }, ...more }),
  );

const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const question = (model: string, content = 'hi') => ({ model, messages: [{ role: 'user', content }] });
const modelsOf = async (url: string, name: string) => {
  const response = await post(url, question(name));
  return { status: response.status, text: await response.text() };
};

describe('a changed configuration', () => {
  it('takes effect while streams go on, and a bad one does not', async () => {
    config('one', { providers: { sim: { tokensPerSecond: 40 } }, aliases: { one: 'sim/sim-1' } });
    const { child, stop, url } = await ready(['--log-level', 'silent']);
    const stream = await post(url, { ...question('one', 'some words to say'), stream: true });
    const applied = heard(child.stderr, /Configuration applied: .*hotpath\.config\.json\./);
    // As editors write it.
    renameSync(
      machine.write('hotpath.config.json~', '{"providers":{"other":{"type":"sim"}},"server":{"port":4999}}'),
      `${machine.folder}/hotpath.config.json`,
    );
    await applied;
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'other/sim-1' }] });
    expect(await stream.text()).toMatch(/data: \[DONE\]\s*$/);

    const rejected = heard(child.stderr, /cache\.ttlMs: expected a duration/);
    machine.write('hotpath.config.json', '{"cache":{"ttlMs":"soon"}}');
    await rejected;
    expect((await modelsOf(url, 'other/sim-1')).status).toBe(200);
    const gone = heard(child.stderr, /is gone\. Put it back/);
    unlinkSync(`${machine.folder}/hotpath.config.json`);
    await gone;
    expect((await modelsOf(url, 'other/sim-1')).status).toBe(200);
    const { code, stderr } = await stop();
    expect(code).toBe(0);
    expect(stderr).toContain('server.port changed: it takes effect with the next start.');
    expect(stderr).toContain('the configuration in use stays');
  });

  it('that lets routes point at nobody does not end the server', async () => {
    config('one');
    const { child, stop, url } = await ready(['--log-level', 'silent']);
    const rejected = heard(child.stderr, /The route "r" names "nobody\/m"/);
    config('one', { providers: { sim: {}, other: { type: 'sim' } }, routes: { r: { targets: ['nobody/m'] } } });
    await rejected;
    expect((await modelsOf(url, 'one')).status).toBe(200);
    expect((await stop()).code).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('is loaded at SIGHUP, also where there was no file', async () => {
    const { child, stop, url } = await ready(['--log-level', 'silent']);
    const applied = heard(child.stderr, /Configuration applied/);
    config('added', { providers: { other: { type: 'sim' } }, aliases: { added: 'other/sim-1' } });
    child.kill('SIGHUP');
    await applied;
    expect((await modelsOf(url, 'added')).status).toBe(200);
    expect((await stop()).code).toBe(0);
  });

  it('that is a module is followed with what it imports', async () => {
    machine.write('package.json', '{"type":"module"}');
    machine.write('names.ts', "export const id = 'first';");
    machine.write(
      'hotpath.config.ts',
      "import { id } from './names.ts';\nexport default { providers: { [id]: { type: 'sim' } } };",
    );
    const { child, stop, url } = await ready(['--log-level', 'silent']);
    expect((await modelsOf(url, 'first/sim-1')).status).toBe(200);
    const applied = heard(child.stderr, /Configuration applied/);
    machine.write('names.ts', "export const id = 'second';");
    await applied;
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'second/sim-1' }] });
    expect((await stop()).code).toBe(0);
  });
});

describe('the log', () => {
  const lines = (stderr: string) =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));

  it('has an object for each request where standard error is no terminal, and all of them at the end', async () => {
    config('one');
    const { stop, url } = await ready(['--log-level', 'info']);
    for (let request = 0; request < 200; request += 1) {
      await (await post(url, question('one', `number ${request}`), { 'x-request-id': `r${request}` })).text();
    }
    const { code, stderr, stdout } = await stop();
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    const requests = lines(stderr).filter(({ msg }) => msg === 'request');
    expect(requests.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, index) => `r${index}`));
    expect(requests[0]).toMatchObject({ asked: 'one', provider: 'sim', status: 200, cache: 'miss', attempts: 1 });
    expect(stderr).not.toContain('number');
  });

  it('has faults alone by default, and configurations that are wrong', async () => {
    config('one', { providers: { sim: { errorRate: 1 } }, attempts: { maxAttempts: 1 } });
    const { child, stop, url } = await ready();
    await modelsOf(url, 'one');
    const rejected = heard(child.stderr, /configuration rejected/);
    machine.write('hotpath.config.json', '{');
    await rejected;
    const entries = lines((await stop()).stderr);
    expect(entries.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      'warn attempt failed',
      'warn configuration rejected: the one in use stays',
    ]);
  });

  it('is for people where that is wanted, and may be silent', async () => {
    config('one');
    const pretty = await ready(['--log-level', 'info', '--log-format', 'pretty']);
    await modelsOf(pretty.url, 'one');
    const rejected = heard(pretty.child.stderr, /cannot be read/);
    machine.write('hotpath.config.json', '{');
    await rejected;
    const { stderr } = await pretty.stop();
    // In the words of "hotpath config check", and not once more.
    expect(stderr.match(/cannot be (read|used)/g)).toHaveLength(2);
    config('one');
    expect(stderr).toMatch(/^[\d:.]{12} INFO {2}request id=\w+ protocol=openai-chat asked=one/m);
    const silent = await ready(['--log-level', 'silent']);
    await modelsOf(silent.url, 'one');
    expect((await silent.stop()).stderr).not.toContain('request');
  });

  it.each([
    ['level', ['--log-level', 'loud'], /--log-level must be one of debug, info, warn, error, silent/],
    ['format', ['--log-format', 'xml'], /--log-format must be one of pretty, json/],
  ])('refuses a %s that there is not', async (_, args, message) => {
    expect(await machine.run(['serve', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  it('that nobody reads any more, or whose reader stands still, holds up no request and not the end', async () => {
    config('one');
    for (const hinder of ['destroy', 'pause'] as const) {
      const { child, url } = await ready(['--log-level', 'info']);
      child.stderr.removeAllListeners('data');
      child.stderr[hinder]();
      // More than a pipe and the log's own buffer take.
      const id = 'x'.repeat(120);
      for (let round = 0; round < 40; round += 1) {
        const answers = Array.from({ length: 200 }, () => post(url, question('one'), { 'x-request-id': id }));
        for (const answer of await Promise.all(answers)) {
          expect(answer.status).toBe(200);
          await answer.text();
        }
      }
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});

describe('a stop', () => {
  it('by SIGTERM waits for streams, refuses what is new, and cuts a client that takes nothing', async () => {
    config('slow', {
      providers: { sim: { tokensPerSecond: 40 }, fast: { type: 'sim' } },
      aliases: { slow: 'sim/sim-1' },
      server: { shutdownGraceMs: '3s' },
    });
    const { child, outcome, url } = await ready(['--log-level', 'silent']);
    const { hostname, port } = new URL(url);
    const stuck = connect(Number(port), hostname);
    stops.push(() => stuck.destroy());
    const body = JSON.stringify({ ...question('fast/sim-1', 'word '.repeat(100_000)), stream: true });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    stuck.on('error', () => {});
    stuck.write(head + body);
    await new Promise((resolve) => stuck.once('readable', resolve));
    const stream = await post(url, { ...question('slow', 'some words to say'), stream: true });
    child.kill('SIGTERM');
    let refused = await fetch(`${url}/readyz`);
    while (refused.status !== 503) refused = await fetch(`${url}/readyz`);
    expect((await modelsOf(url, 'slow')).status).toBe(503);
    expect(await stream.text()).toMatch(/data: \[DONE\]\s*$/);
    expect((await outcome).code).toBe(0);
  });
});
