import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { freshMachine, type Machine, outcomeOf } from './built.ts';

const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;
let machine: Machine;
let upstream: Upstream;

beforeEach(async () => {
  machine = freshMachine();
  machine.write(
    'hotpath.config.yaml',
    'economy: { windowMs: 20, pollMs: 20, leastWaitMs: 100, liveReserveMs: 1m }\ndefaultModel: openai/gpt-4o-mini\n',
  );
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const environment = () => ({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: upstream.openaiUrl });

describe.skipIf(!hasSqlite)('hotpath ask --deadline', () => {
  it('is answered by a batch, and says so', async () => {
    const asked = await machine.run(['ask', '--deadline', '6h', '-v', 'Hello'], { environment: environment() });
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Answer-.*\n$/) });
    expect(asked.stderr).toContain('lane batch');
    expect(upstream.batches).toHaveLength(1);
  });

  it('leaves what was submitted, and finds it when it asks again', async () => {
    upstream.set({ batchPolls: Number.POSITIVE_INFINITY });
    const args = ['ask', '--deadline', '6h', '--temperature', '1', '--json', 'Hello'];
    const first = machine.start(args, { environment: environment() });
    first.stdin.end();
    const left = outcomeOf(first);
    await upstream.waitFor(({ requests }) => requests.some(({ path }) => path.startsWith('/v1/batches/')), {
      timeoutMs: 20_000,
    });
    first.kill('SIGINT');
    await left;
    upstream.finishBatches();
    const { code, stdout } = await machine.run(args, { environment: environment() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lane: 'batch', text: expect.stringMatching(/^Answer-/) });
    expect(upstream.batches).toHaveLength(1);
  });

  it.each(['soon', '90', '-1h'])('refuses "%s"', async (deadline) => {
    const { code, stderr } = await machine.run(['ask', `--deadline=${deadline}`, 'Hello'], {
      environment: environment(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('--deadline must be a duration such as 30m or 6h');
  });
});
