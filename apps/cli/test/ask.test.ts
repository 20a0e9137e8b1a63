import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';

const stack = /^\s+at .*[:(]/m;
let machine: Machine;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  machine = freshMachine();
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** An upstream that speaks OpenAI's protocol as the test wants; resolves to the variables that point there. */
const upstream = async (listener: RequestListener): Promise<Record<string, string>> => {
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/v1/models')) return listener(request, response);
    const data = ['small', 'large'].map((id) => ({ id, object: 'model' }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: baseUrl };
};

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'c-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'small',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const speaking =
  (...words: readonly string[]): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of words) response.write(chunk({ content: word }));
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  };

describe('hotpath ask', () => {
  it('answers with the simulator where nothing is set up, and says so on standard error alone', async () => {
    const { code, stdout, stderr } = await machine.run(['ask', 'Hello', 'there']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Hello there\n$/);
    expect(stderr).toMatch(/^hotpath: this answer is simulated, .*OPENAI_API_KEY.*\n$/);
  });

  it('reads standard input, alone or below the prompt', async () => {
    const bodies: { messages: unknown }[] = [];
    const environment = await upstream((request, response) => {
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        speaking('ok')(request, response);
      });
    });
    const ask = ['ask', '-m', 'openai/small', '-s', 'Be brief.'];
    expect(await machine.run([...ask, 'Explain this:'], { environment, input: 'line 1\nline 2\n' })).toMatchObject({
      code: 0,
      stdout: 'ok\n',
    });
    await machine.run(ask, { environment, input: 'just this\n' });
    expect(bodies.map(({ messages }) => messages)).toEqual([
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Explain this:\n\nline 1\nline 2' },
      ],
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'just this' },
      ],
    ]);
  });

  it('prints one JSON object with --json', async () => {
    const { code, stdout } = await machine.run(['ask', '--json', 'Hello']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      text: expect.stringContaining('Hello'),
      content: [{ type: 'text', text: expect.stringContaining('Hello') }],
      provider: 'sim',
      model: 'sim-1',
      finishReason: 'stop',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      costUsd: 0,
      cache: 'miss',
      latencyMs: expect.any(Number),
      firstTokenMs: expect.any(Number),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      conversation: expect.stringMatching(/^[0-9a-z]{8}$/),
    });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('finds the answer in the cache the next time, in another process, unless told not to look', async () => {
    const cacheOf = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await machine.run(['ask', '--json', 'Again?', ...args])).stdout).cache;
    expect(await cacheOf()).toBe('miss');
    expect(await cacheOf()).toBe('hit');
    expect(await cacheOf('--no-cache')).toBe('bypass');
    const { stderr } = await machine.run(['ask', 'Again?', '-v']);
    expect(stderr).toMatch(
      /sim\/sim-1 · cache hit · first token [\d.]+ ms · total [\d.]+ ms · .* · \$0 · stop · conversation \w{8}\n$/,
    );
  });

  it('lists the models where none was named', async () => {
    const environment = await upstream(speaking('ok'));
    const { code, stdout, stderr } = await machine.run(['ask', 'Hello'], { environment });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Choose one with --model, HOTPATH_MODEL or defaultModel');
    expect(stderr).toContain('\n  openai/small\n  openai/large\n');
    expect(
      await machine.run(['ask', 'Hello'], { environment: { ...environment, HOTPATH_MODEL: 'small' } }),
    ).toMatchObject({ code: 0, stdout: 'ok\n' });
  });

  it.each([
    ['nothing to ask', ['ask'], 2, /There is nothing to ask\. Give a prompt, or pipe one in\./],
    ['an unknown flag', ['ask', '--systm', 'x', 'hi'], 2, /Did you mean --system\?/],
    ['a bad number', ['ask', '--temperature', '9', 'hi'], 2, /from 0 to 2, not "9"/],
    ['a missing configuration', ['ask', 'hi', '--config', 'gone.yaml'], 1, /gone\.yaml, named by --config/],
    ['an unknown model', ['ask', '-m', 'sim/none', 'hi'], 1, /no model "none", only sim\/sim-1/],
  ])('refuses %s', async (_, args, code, message) => {
    const outcome = await machine.run(args);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(outcome.stderr).not.toMatch(stack);
  });

  it('reports a failure as JSON too when asked for JSON', async () => {
    const { code, stdout, stderr } = await machine.run(['ask', '--json', '-m', 'sim/none', 'hi']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'ROUTER_UPSTREAM_STATUS', message: expect.any(String) } });
    expect(stderr).not.toBe('');
  });

  it('says what happened when the provider cannot be reached or breaks off', async () => {
    const closed = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    const unreachable = await machine.run(['ask', '-m', 'openai/small', 'hi'], { environment: closed });
    expect(unreachable).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('could not be reached') });

    const environment = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ content: 'Half an ans' }), () => {
        response.destroy();
      });
    });
    const cut = await machine.run(['ask', '-m', 'openai/small', 'hi'], { environment });
    expect(cut).toMatchObject({ code: 1, stdout: 'Half an ans\n' });
    expect(cut.stderr).toMatch(/^hotpath \[[A-Z_]+\]: /);
    expect(unreachable.stderr + cut.stderr).not.toMatch(stack);
    expect(unreachable.stderr + cut.stderr).not.toContain('sk-test');
  });

  it('cancels the call on Ctrl-C and exits with 130', async () => {
    let cancelled: (value: boolean) => void = () => {};
    const cancellation = new Promise<boolean>((resolve) => {
      cancelled = resolve;
    });
    const environment = await upstream((_, response) => {
      response.on('close', () => cancelled(!response.writableFinished));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ content: 'Begun' }));
    });
    const child = machine.start(['ask', '-m', 'openai/small', 'hi'], { environment });
    child.stdin.end();
    const outcome = outcomeOf(child);
    await heard(child.stdout, /Begun/);
    child.kill('SIGINT');
    expect(await cancellation).toBe(true);
    expect(await outcome).toEqual({ code: 130, stdout: 'Begun\n', stderr: '' });
  });

  it('stops waiting for standard input on Ctrl-C', async () => {
    const child = machine.start(['ask']);
    const outcome = outcomeOf(child);
    // More than the pipe itself holds, so that it is taken only once the child reads; and then no end.
    await new Promise<void>((resolve) => child.stdin.write('x'.repeat(1_000_000), () => resolve()));
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, stdout: '' });
  });

  it('ends quietly when the reader of its output leaves', async () => {
    machine.write('hotpath.config.json', '{"providers":{"sim":{"tokensPerSecond":500}}}');
    const child = machine.start(['ask', 'word '.repeat(20_000)]);
    child.stdin.end();
    const outcome = outcomeOf(child);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps colours and warnings of Node out of pipes', async () => {
    const { stdout, stderr } = await machine.run(['ask', 'hi', '-v']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not be there
    expect(stdout + stderr).not.toMatch(/\u001b|Warning:/);
  });
});
