import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startUpstream } from '../upstream/index.ts';
import { startGateway, upstreamEnvironment } from './support/gateway.ts';

const cli = fileURLToPath(new URL('../../apps/cli/dist/hotpath.js', import.meta.url));
const tool = fileURLToPath(new URL('./support/sdk-tool.ts', import.meta.url));

let home: string;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
  await writeFile(join(home, 'hotpath.config.json'), '{"detect":{"ollama":false}}');
  stops.push(() => rm(home, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Runs the tool through `hotpath exec`, as a user would, away from the terminal of the tests. */
const exec = (
  options: readonly string[],
  steps: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Run => {
  const child = spawn(process.execPath, [cli, 'exec', ...options, '--', process.execPath, tool, ...steps], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, HOTPATH_HOME: join(home, 'state'), ...environment },
    detached: true,
  });
  child.stdin.end();
  stops.push(() => child.kill('SIGKILL'));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    outcome: Promise.all([text(child.stdout), text(child.stderr), code]).then(([stdout, stderr, code]) => ({
      code,
      stdout,
      stderr,
    })),
  };
};

const saidBy = (step: string, content: string): string =>
  `${step}: [Simulated by Hotpath: no model was asked.] You said: ${content}\n`;

describe('a tool of the official SDKs, run by hotpath exec without any set-up', () => {
  it('asks the simulator, whole and streamed, in each protocol', async () => {
    const steps = ['openai', 'openai-stream', 'responses', 'anthropic', 'anthropic-stream'];
    const { outcome } = exec(
      [],
      steps.map((step) => `${step}:hello`),
    );
    const { code, stdout, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stdout).toBe(steps.map((step) => saidBy(step, 'hello')).join(''));
    expect(stderr).toMatch(/^hotpath: answers are simulated.*\nhotpath: 5 requests in .* spent, .* saved.*\n$/);
  });

  it('lists models, which is no request, and is told of one that nobody has', async () => {
    const { stdout, stderr } = await exec([], ['models']).outcome;
    expect(stdout).toBe('models: sim/sim-1\n');
    expect(stderr).toMatch(/hotpath: no requests in /);
    const failing = await exec([], ['openai:hello'], { MODEL: 'nobody-has-this' }).outcome;
    expect(failing.code).toBe(1);
    expect(failing.stderr).toMatch(/NotFoundError: 404.*hotpath: 1 request \(1 failed\) in /s);
  });

  it('finds its answers in the cache the next time, whatever its gateway is called then', async () => {
    const line = async () => (await exec([], ['openai:again', 'anthropic-stream:again']).outcome).stderr;
    expect(await line()).toMatch(/hotpath: 2 requests in/);
    expect(await line()).toMatch(/hotpath: 2 requests \(2 from the cache\) in/);
  });

  it('ends with its own exit code', async () => {
    expect((await exec(['-q'], ['openai:hello', 'exit:3']).outcome).code).toBe(3);
  });

  it('has two gateways where it runs twice at once', async () => {
    const runs = [exec([], ['openai:one']), exec([], ['openai:two', 'anthropic:two'])];
    const [one, two] = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(one).toMatchObject({ code: 0, stdout: saidBy('openai', 'one') });
    expect(one?.stderr).toMatch(/hotpath: 1 request in/);
    expect(two).toMatchObject({ code: 0, stdout: saidBy('openai', 'two') + saidBy('anthropic', 'two') });
    expect(two?.stderr).toMatch(/hotpath: 2 requests in/);
  });

  it('is ended by a signal once, with its line still printed', async () => {
    const { child, outcome } = exec(['--summary-json', 'run.json'], ['openai:hello', 'forever']);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => String(chunk).includes('waiting') && resolve());
    });
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await outcome;
    expect({ code, stdout }).toEqual({ code: 9, stdout: `${saidBy('openai', 'hello')}waiting\nending\n` });
    expect(stderr).toMatch(/hotpath: 1 request in/);
    expect(JSON.parse(await readFile(join(home, 'run.json'), 'utf8'))).toMatchObject({
      exitCode: 9,
      figures: { requests: 1 },
    });
  });
});

describe('a tool run by hotpath exec, with providers', () => {
  it('reaches them through its gateway, which has their keys', async () => {
    const upstream = await startUpstream({ models: ['listed-model'] });
    stops.push(() => upstream.close());
    const environment = { ...upstreamEnvironment(upstream.url), MODEL: 'openai/gpt-4.1' };
    const { code, stderr } = await exec([], ['openai:hello', 'openai:hello'], environment).outcome;
    expect(code).toBe(0);
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer sk-upstream');
    const [, spent, saved] = /2 requests \(1 from the cache\).* (\S+) spent, (\S+) saved\n/.exec(stderr) ?? [];
    expect(spent).toMatch(/[1-9]/);
    expect(saved).toBe(spent);
  });

  it('reaches the vendor of its own key where its gateway has none', async () => {
    const upstream = await startUpstream({ requireKey: true });
    stops.push(() => upstream.close());
    const environment = {
      ANTHROPIC_BASE_URL: upstream.url,
      ANTHROPIC_AUTH_TOKEN: 'sk-ant-oat01-for-tests-only-0001',
      MODEL: 'claude-sonnet-5',
    };
    const options = ['--summary-json', 'run.json'];
    const { code, stdout } = await exec(options, ['anthropic:hello', 'anthropic-stream:hello'], environment).outcome;
    expect(code).toBe(0);
    expect(stdout).not.toContain('Simulated');
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-ant-oat01-for-tests-only-0001',
      'Bearer sk-ant-oat01-for-tests-only-0001',
    ]);
    const summary = await readFile(join(home, 'run.json'), 'utf8');
    expect(JSON.parse(summary)).toMatchObject({ simulated: false, figures: { requests: 2, failed: 0 } });
  });

  it('keeps using a key of its own that its gateway has as well', async () => {
    const upstream = await startUpstream({ requireKey: true });
    stops.push(() => upstream.close());
    const environment = { OPENAI_BASE_URL: upstream.openaiUrl, OPENAI_API_KEY: 'sk-proj-for-tests-only-0002' };
    await exec([], ['openai:hello'], { ...environment, MODEL: 'gpt-4.1' }).outcome;
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-proj-for-tests-only-0002',
    ]);
  });

  it('reaches a gateway that runs already, with --url', async () => {
    const gateway = await startGateway({});
    stops.push(() => gateway.stop());
    const { code, stdout, stderr } = await exec(['--url', gateway.url], ['openai:hello', 'anthropic:hello']).outcome;
    expect(code).toBe(0);
    expect(stdout).toBe(saidBy('openai', 'hello') + saidBy('anthropic', 'hello'));
    expect(stderr).toMatch(/^hotpath: .* · the gateway at http:\/\/127\.0\.0\.1:\d+ keeps the figures\n$/);
  });
});
