import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, heard, type Machine, outcomeOf } from './built.ts';
import { asking, endLater, execOn, node, serve, simulated } from './exec-runs.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

const { start, run } = execOn(() => machine);

describe('a gateway of its own', () => {
  it('answers the command alone', async () => {
    machine.write('hotpath.config.json', simulated);
    const { child, outcome } = start([
      '--',
      node,
      '-e',
      'console.log(process.env.HOTPATH_URL); process.stdin.resume()',
    ]);
    const url = (await heard(child.stdout, /\n/)).trim();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const { origin } = new URL(url);
    for (const path of ['/healthz', '/v1/models', `${new URL(url).pathname.slice(0, -1)}/healthz`]) {
      const refusal = await fetch(origin + path);
      expect(refusal.status).toBe(403);
      expect(await refusal.json()).toMatchObject({ error: { code: 'SERVER_PATH_TOKEN_MISSING' } });
    }
    child.stdin.end();
    expect((await outcome).code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('is not shared by two that run at once', async () => {
    machine.write('hotpath.config.json', simulated);
    const script = machine.write('ask.mjs', `${asking}\nconsole.log(process.env.HOTPATH_URL); process.stdin.resume();`);
    const runs = [['a'], ['a', 'b']].map((questions) => start(['--', node, script, ...questions]));
    const urls = await Promise.all(
      runs.map(async ({ child }) => /http\S+/.exec(await heard(child.stdout, /http.*\n/))?.[0]),
    );
    expect(new Set(urls).size).toBe(2);
    for (const { child } of runs) child.stdin.end();
    const [one, two] = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(one?.stderr).toMatch(/hotpath: 1 request[ (]/);
    expect(two?.stderr).toMatch(/hotpath: 2 requests[ (]/);
  });

  // Its answer takes seconds, and the command is gone at once.
  const left = `
    const { spawn } = require('node:child_process');
    const ask = \`
      const ask = () => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'sim/sim-1', stream: true, messages: [{ role: 'user', content: 'x '.repeat(60) }] }),
      });
      (async () => {
        const first = await ask();
        process.send('asked');
        process.disconnect();
        const text = await first.text().catch(() => '');
        console.log(/\\\\[DONE\\\\]\\\\s*$/.test(text) ? 'whole' : 'cut');
        console.log(await ask().then(({ status }) => 'answered ' + status, () => 'gone'));
      })();\`;
    const child = spawn(process.execPath, ['-e', ask], { detached: true, stdio: ['ignore', 1, 2, 'ipc'] });
    child.once('message', () => process.exit(0));`;

  it('finishes what a command left behind still waits for, then is gone', async () => {
    machine.write('hotpath.config.json', simulated.replace('{}', '{"tokensPerSecond":25}'));
    const { child, outcome } = start(['--', node, '-e', left]);
    expect(await heard(child.stdout, /gone|answered/)).toMatch(/^whole\n(gone|answered 503)/);
    expect(await outcome).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/left something behind that waits.*\nhotpath: \d requests?/),
    });
  });

  it('does not wait for it where a signal says so', async () => {
    const slow = simulated
      .replace('{}', '{"tokensPerSecond":2}')
      .replace('}}', '}},"server":{"shutdownGraceMs":"10m"}');
    machine.write('hotpath.config.json', slow);
    const { child, outcome } = start(['--', node, '-e', left]);
    await heard(child.stderr, /left something behind/);
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0, stdout: 'cut\ngone\n' });
  });

  it('serves a hotpath exec within it as well, and what asks in there is no key', async () => {
    const script = machine.write('ask.mjs', asking);
    const inner = [node, entry, 'exec', '-q', '--', node, script, 'a', 'a'];
    const { stdout, stderr } = await run(['--', ...inner]);
    expect(stdout).toBe('miss 200\nhit 200\n');
    expect(stderr).toMatch(/2 requests \(1 from the cache\)/);
    const asked = await run(['--', node, entry, 'ask', '--json', 'Hello']);
    expect(JSON.parse(asked.stdout)).toMatchObject({ provider: 'sim' });
  });
});

describe('a gateway that runs', () => {
  it('is used with --url or HOTPATH_URL, keeps the figures and goes on', async () => {
    const url = await serve(machine);
    const script = machine.write('ask.mjs', asking);
    const outcome = await run(['--url', `${url}/v1/`, '--', node, script, 'a']);
    expect(outcome).toMatchObject({ code: 0, stdout: 'miss 200\n' });
    expect(outcome.stderr).toMatch(new RegExp(`^hotpath: [\\d.]+ m?s · the gateway at ${url} keeps the figures\n$`));
    const again = await run(['-q', '--', node, script, 'a'], { environment: { HOTPATH_URL: url } });
    expect(again).toEqual({ code: 0, stdout: 'hit 200\n', stderr: '' });
  });

  it('is reached past a proxy, by the command and by us', async () => {
    const url = await serve(machine);
    const script = machine.write('ask.mjs', asking);
    const environment = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'elsewhere.example' };
    const outcome = await run(['-q', '--url', url, '--', node, script, 'a'], { environment });
    expect(outcome).toEqual({ code: 0, stdout: 'miss 200\n', stderr: '' });
  });

  it.each([
    [['--url', 'http://127.0.0.1:1', '--'], {}, 'leave out --url'],
    [['--'], { HOTPATH_URL: 'http://127.0.0.1:1' }, 'unset HOTPATH_URL'],
    [['--print-env', '--'], { HOTPATH_PORT: '1' }, 'name another with --url'],
  ])('that is not there is told of with what to do: %j', async (args, environment, advice) => {
    const outcome = await run([...args, node, '-e', 'console.log("ran")'], { environment });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^hotpath \[CLI_GATEWAY_UNREACHABLE\]: no gateway answers at http:\/\/127\.0\.0\.1:1 \(.+\)\. Start one with "hotpath serve", or /,
    );
    expect(outcome.stderr).toContain(advice);
  });

  it('is not mistaken for something else', async () => {
    const server = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endLater(() => server.close());
    const { code, stderr } = await run(['--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'true']);
    expect(code).toBe(1);
    expect(stderr).toContain('what is there answers 200, and not as a gateway does');
  });

  it('gives a shell its variables with --print-env', async () => {
    const url = await serve(machine);
    const { stdout } = await run(['--print-env', '--url', url]);
    const shell = spawn('sh', ['-c', `${stdout}\necho "$OPENAI_BASE_URL $ANTHROPIC_BASE_URL $XAI_API_KEY"`]);
    expect((await outcomeOf(shell as ChildProcessWithoutNullStreams)).stdout).toBe(
      `${url}/v1 ${url} sk-hotpath-placeholder\n`,
    );
    const json = await run(['--print-env', '--json', '--only', 'xai', '--url', url], {
      environment: { XAI_API_KEY: 'k' },
    });
    expect(JSON.parse(json.stdout)).toEqual({
      url,
      environment: { HOTPATH_URL: url, XAI_BASE_URL: `${url}/v1`, XAI_API_BASE: `${url}/v1` },
    });
  });
});
