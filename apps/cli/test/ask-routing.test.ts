import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';
import { type Asked, type Reply, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

let machine: Machine;
let upstream: ScriptedUpstream;
let reply: (asked: Asked, count: number) => Reply;

beforeEach(async () => {
  machine = freshMachine();
  reply = ({ body }) => `from ${body.model}`;
  upstream = await scriptedUpstream((asked, count) => reply(asked, count));
});
afterEach(() => upstream.close());

const ask = (...args: string[]) => machine.run(['ask', ...args], { environment: upstream.environment });
const models = () => upstream.asked.map(({ body }) => body.model);

describe('hotpath ask --fallback', () => {
  it('asks the next one where one fails, lists and repeated flags alike, in its own protocol', async () => {
    reply = ({ body }) => (body.model.startsWith('bad') ? { status: 404, message: 'gone' } : `from ${body.model}`);
    const outcome = await ask(
      '-m',
      'openai/bad1',
      '--fallback',
      'openai/bad2, anthropic/c',
      '--fallback',
      'openai/d',
      'hi',
    );
    expect(outcome).toEqual({ code: 0, stdout: 'from c\n', stderr: '' });
    expect(models()).toEqual(['bad1', 'bad2', 'c']);
    expect(upstream.asked.at(-1)?.path).toContain('/v1/messages');
  });

  it('asks all at once with --race, and hears the first', async () => {
    reply = ({ body }) => (body.model === 'slow' ? { begins: '', end: 'open' } : `from ${body.model}`);
    const outcome = await ask('-m', 'openai/slow', '--fallback', 'anthropic/quick', '--race', 'hi');
    expect(outcome).toMatchObject({ code: 0, stdout: 'from quick\n' });
    expect(models().sort()).toEqual(['quick', 'slow']);
    expect(await ask('--race', 'hi')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/name them with --fallback/),
    });
  });
});

describe('hotpath ask --max-cost', () => {
  const prices = { dear: { input: 10_000, output: 100_000 }, cheap: { input: 1, output: 10 } };
  beforeEach(() => {
    machine.write('hotpath.config.json', JSON.stringify({ prices }));
  });

  it('refuses a question that costs more by itself, before anything is sent or kept', async () => {
    const { code, stdout, stderr } = await ask('-m', 'openai/dear', '--max-cost', '0.01', 'hi there');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /the question alone, about \d+ tokens, would cost \$0\.\d+ of the \$0\.0100 that --max-cost allows/,
    );
    expect(upstream.asked).toHaveLength(0);
    const tiny = await ask('-m', 'openai/dear', '--max-cost', '0.0000001', 'hi there');
    expect(tiny.stderr).toContain('of the $0.0000001 that --max-cost allows');
    expect((await machine.run(['conversations', 'list'])).stdout).toBe('');
  });

  it('bounds the answer by its price, and says so', async () => {
    const { code, stderr } = await ask('-m', 'openai/dear', '--max-cost', '1', 'hi there');
    expect(code).toBe(0);
    const { max_tokens, max_completion_tokens = max_tokens } = upstream.asked[0]?.body ?? {};
    // About 10 tokens of input at a cent each leave 90 cents, for 9 tokens at ten.
    expect(max_completion_tokens).toBeGreaterThan(5);
    expect(max_completion_tokens).toBeLessThan(10);
    expect(stderr).toBe(
      `--max-cost: about 7 tokens to be read cost $0.0700; the answer may have ${max_completion_tokens}.\n`,
    );
    await ask('-m', 'openai/dear', '--max-cost', '1', '--max-tokens', '2', 'hi there');
    expect(upstream.asked[1]?.body).toMatchObject({ [max_tokens ? 'max_tokens' : 'max_completion_tokens']: 2 });
  });

  it('heeds the dearest of the fallbacks, and all of a race together', async () => {
    const bound = async (...args: string[]): Promise<number> => {
      const { stderr } = await ask('-m', 'openai/cheap', '--max-cost', '1', '--no-cache', ...args, 'hi there');
      return Number(/may have (\d+)\./.exec(stderr)?.[1]);
    };
    const alone = await bound();
    const withDear = await bound('--fallback', 'openai/dear');
    expect([alone > 90_000, withDear]).toEqual([true, 9]);
    machine.write('hotpath.config.json', JSON.stringify({ prices: { ...prices, cheap: prices.dear } }));
    expect(await bound('--fallback', 'openai/dear', '--race')).toBe(4);
  });

  it('asks nobody whose price is not known', async () => {
    const { code, stderr } = await ask('-m', 'openai/unheard-of', '--max-cost', '1', 'hi');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/what openai\/unheard-of costs is not known.*"prices"/)]);
    expect(upstream.asked).toHaveLength(0);
  });

  it('leaves less for the second question of a schema', async () => {
    reply = (_, count) => (count === 1 ? 'no JSON' : '{"a":"b"}');
    // The first answer costs 10 tokens in and 5 out: 60 cents.
    const { code, stderr } = await ask('-m', 'openai/dear', '--max-cost', '6', '--schema', 'a', 'hi');
    expect(code).toBe(0);
    const [first, second] = [...stderr.matchAll(/may have (\d+)\./g)].map(([, tokens]) => Number(tokens));
    expect((first ?? 0) - (second ?? 0)).toBeGreaterThan(6);
  });
});

describe('hotpath ask --stream-json', () => {
  const lines = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('prints a line for each piece, and the result last', async () => {
    const { code, stdout } = await ask('-m', 'openai/m', '--stream-json', 'hi');
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([
      { type: 'text', text: 'from m' },
      expect.objectContaining({ type: 'result', text: 'from m', provider: 'openai', conversation: expect.any(String) }),
    ]);
  });

  it('ends with what went wrong', async () => {
    reply = () => ({ begins: 'Half', end: 'cut' });
    const { code, stdout } = await ask('-m', 'openai/m', '--stream-json', 'hi');
    expect(code).toBe(1);
    expect(lines(stdout)).toEqual([
      { type: 'text', text: 'Half' },
      { type: 'error', error: { code: 'ROUTER_UPSTREAM_CUT', message: expect.any(String) } },
    ]);
    expect(await ask('--json', '--stream-json', 'hi')).toMatchObject({ code: 2 });
  });

  it('says that it was interrupted', async () => {
    reply = () => ({ begins: 'Half', end: 'open' });
    const child = machine.start(['ask', '-m', 'openai/m', '--stream-json', 'hi'], {
      environment: upstream.environment,
    });
    child.stdin.end();
    const outcome = outcomeOf(child);
    await heard(child.stdout, /Half/);
    child.kill('SIGINT');
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    expect(lines(stdout).at(-1)).toMatchObject({ type: 'error', error: { code: 'ROUTER_ABORTED' } });
  });
});
