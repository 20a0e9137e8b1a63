import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';
import { outcomeOf } from './built.ts';

let upstream: Upstream;
let machine: ReturnType<typeof batchMachine>;

beforeEach(async () => {
  upstream = await startUpstream();
  machine = batchMachine(upstream);
});
afterEach(() => upstream.close());

const numbered = (count: number): string => Array.from({ length: count }, (_, at) => `Question ${at + 1}\n`).join('');

describe('hotpath batch', () => {
  it('asks each row and writes answers in their order, with usage and cost', async () => {
    upstream.set({ firstTokenMs: 20 });
    machine.write('in.csv', '\ufefftext,language\r\n"One,\r\ntwo",French\r\nThree,German\r\n');
    const args = ['in.csv', '--template', 'To {{language}}: {{text}}', '--system', 'You know {{language}}.', '--yes'];
    const { code, stdout, stderr } = await machine.run(args);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('2 to ask openai/gpt-4o-mini');
    expect(stderr).toMatch(/tokens in, 2,000 out at a guess: about \$0\.0012/);
    expect(stderr).toMatch(/2 rows: 2 answered · \$/);
    expect(promptsOf(upstream).sort()).toEqual(['To French: One,\r\ntwo', 'To German: Three']);
    expect(upstream.requests[0]?.body.toString()).toContain('You know ');
    expect(machine.results('in.csv.answers.jsonl')).toMatchObject([
      {
        row: 1,
        text: 'One,\r\ntwo',
        answer: expect.stringMatching(/^Answer-/),
        cache: 'miss',
        model: 'openai/gpt-4o-mini',
      },
      { row: 2, text: 'Three', usage: { outputTokens: 12 }, costUsd: expect.any(Number) },
    ]);
    expect(statSync(join(machine.folder, 'in.csv.answers.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(machine.journal()).mode & 0o777).toBe(0o600);
  });

  it('pays for nothing twice when it is run again', async () => {
    machine.write('in.txt', numbered(20));
    await machine.run(['in.txt', '--yes', '--temperature', '1']);
    const first = machine.text('in.txt.answers.jsonl');
    // Nothing left to ask needs no yes.
    const again = await machine.run(['in.txt', '--temperature', '1']);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('nothing to ask');
    expect(machine.text('in.txt.answers.jsonl')).toBe(first);
    expect(promptsOf(upstream)).toHaveLength(20);
    await machine.run(['in.txt', '--yes', '--temperature', '1', '--restart']);
    expect(promptsOf(upstream)).toHaveLength(40);
  });

  it('says what has changed, and asks that alone', async () => {
    machine.write('in.txt', numbered(5));
    await machine.run(['in.txt', '--yes', '--no-cache']);
    machine.write('in.txt', `First\n${numbered(5).replace('Question 3', 'Another')}`);
    const changed = await machine.run(['in.txt', '--yes', '--no-cache']);
    expect(changed.stderr).toContain('rows have changed since the last run: 1 answer of it fit no row any more');
    expect(changed.stderr).toContain('6 rows (4 answered before)');
    expect(promptsOf(upstream).slice(5).sort()).toEqual(['Another', 'First']);
    expect(machine.results('in.txt.answers.jsonl').map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6]);
    const template = await machine.run(['in.txt', '--yes', '--no-cache', '-t', 'Now {{prompt}}']);
    expect(template.stderr).toContain('the template changed since the last run: 7 answers');
    expect(promptsOf(upstream)).toHaveLength(13);
  });

  it('asks equal rows once while it may use the cache, and each on its own else', async () => {
    machine.write('in.txt', 'same\nsame\nsame\n');
    await machine.run(['in.txt', '--yes', '--concurrency', '1']);
    expect(promptsOf(upstream)).toHaveLength(1);
    expect(machine.results('in.txt.answers.jsonl').map(({ cache }) => cache)).toEqual(['miss', 'hit', 'hit']);
    await machine.run(['in.txt', '--yes', '--no-cache', '-o', 'other.jsonl']);
    expect(promptsOf(upstream)).toHaveLength(4);
    await machine.run(['in.txt', '--yes', '--no-cache', '-o', 'other.jsonl']);
    expect(promptsOf(upstream)).toHaveLength(4);
  });

  it('goes on after failures, ends with 1, and asks them again when told to', async () => {
    machine.write('in.txt', numbered(6));
    upstream.inject('content-filter', { times: 2 });
    const { code, stderr } = await machine.run(['in.txt', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('6 rows: 4 answered · 2 failed');
    expect(stderr).toContain('run the same command with --retry-failed');
    const failed = machine.results('in.txt.answers.jsonl').filter(({ error }) => error !== undefined);
    expect(failed).toHaveLength(2);
    expect(failed[0]).toMatchObject({ error: { code: 'ROUTER_UPSTREAM_STATUS' } });
    const asked = promptsOf(upstream).length;
    expect(await machine.run(['in.txt', '--yes'])).toMatchObject({ code: 1 });
    expect(promptsOf(upstream)).toHaveLength(asked);
    expect(await machine.run(['in.txt', '--yes', '--retry-failed'])).toMatchObject({ code: 0 });
    expect(promptsOf(upstream)).toHaveLength(asked + 2);
    expect(machine.results('in.txt.answers.jsonl').every(({ answer }) => answer !== undefined)).toBe(true);
  });

  it('stops at once where every row would fail, and goes on when that is mended', async () => {
    machine.write('in.txt', numbered(50));
    upstream.inject('unauthorized', { times: 1 });
    const { code, stderr } = await machine.run(['in.txt', '--yes', '--concurrency', '1']);
    expect(code).toBe(1);
    expect(stderr).toContain('stopped, since every other row would fail as well');
    expect(promptsOf(upstream)).toHaveLength(1);
    expect(await machine.run(['in.txt', '--yes'])).toMatchObject({ code: 0 });
    expect(machine.results('in.txt.answers.jsonl')).toHaveLength(50);
  });

  it('writes CSV where the name says so', async () => {
    machine.write('in.jsonl', '{"id":1,"prompt":"a"}\n{"id":2,"prompt":"b","note":"x,y"}\n');
    expect(await machine.run(['in.jsonl', '--yes', '-o', 'out.csv'])).toMatchObject({ code: 0 });
    const [head, first, second, ...rest] = machine.text('out.csv').split('\n');
    expect(head).toMatch(/^row,id,prompt,note,answer,model,/);
    expect(first).toMatch(/^1,1,a,,Answer-.*,openai\/gpt-4o-mini,\d+,12,0\.0\d+,miss,,,$/);
    expect(second).toMatch(/^2,2,b,"x,y",/);
    expect(rest).toEqual(['']);
  });

  it('takes JSON that fits a schema, and nothing else', async () => {
    machine.write('in.txt', 'one\n');
    machine.write('schema.json', '{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}');
    const args = ['in.txt', '--yes', '--schema', 'schema.json'];
    upstream.set({ text: '{"n":"no"}' });
    expect(await machine.run(args)).toMatchObject({ code: 1 });
    expect(machine.results('in.txt.answers.jsonl')).toMatchObject([
      { error: { code: 'CLI_ANSWER_UNFIT' }, costUsd: expect.any(Number) },
    ]);
    expect(upstream.requests[0]?.body.toString()).toContain('json_schema');
    upstream.set({ text: '{"n":3}' });
    // The unfit answer is in the cache.
    expect(await machine.run([...args, '--retry-failed'])).toMatchObject({ code: 0 });
    expect(machine.results('in.txt.answers.jsonl')).toMatchObject([{ answer: { n: 3 } }]);
  });

  it('reads standard input, and goes on without it', async () => {
    const args = ['-', '--format', 'jsonl', '-o', 'out.jsonl', '--yes'];
    upstream.inject('content-filter', { times: 1 });
    expect(await machine.run(args, { input: '"a"\n"b"\n' })).toMatchObject({ code: 1 });
    expect(await machine.run([...args, '--retry-failed'])).toMatchObject({ code: 0 });
    expect(machine.results('out.jsonl').map(({ row }) => row)).toEqual([1, 2]);
  });

  it('prints events as lines of JSON', async () => {
    machine.write('in.txt', 'a\nb\n');
    const { stdout, stderr } = await machine.run(['in.txt', '--yes', '--json', '--quiet', '--concurrency', '1']);
    const events = stdout.trimEnd().split('\n');
    expect(events.map((line) => JSON.parse(line))).toMatchObject([
      { type: 'plan', rows: 2, toAsk: 2, costUsd: expect.any(Number) },
      { type: 'row', row: 1, state: 'answered', cache: 'miss' },
      { type: 'row', row: 2 },
      { type: 'end', reason: 'complete', answered: 2, left: 0 },
    ]);
    expect(stderr).toBe('');
  });
});

describe('before it asks, hotpath batch', () => {
  it('estimates, and leaves nothing behind', async () => {
    machine.write('in.txt', numbered(1_000));
    const { code, stdout } = await machine.run(['in.txt', '--dry-run', '--max-tokens', '10']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1,000 rows\n1,000 to ask .*\n[\d,]+ tokens in, 10,000 out at a guess: about \$0\.00\d+\n/);
    expect(existsSync(join(machine.folder, 'home/state/batches'))).toBe(false);
    expect(existsSync(join(machine.folder, 'in.txt.answers.jsonl'))).toBe(false);
    expect(upstream.requests).toEqual([]);
  });

  it('wants a yes, or a limit above the estimate', async () => {
    machine.write('in.txt', numbered(3));
    const refused = await machine.run(['in.txt']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Add --yes, or a --max-cost that is not below the estimate');
    expect((await machine.run(['in.txt', '--max-cost', '0.0001'])).code).toBe(2);
    expect(upstream.requests).toEqual([]);
    expect((await machine.run(['in.txt', '--max-cost', '1'])).code).toBe(0);
  });

  it('needs prices for a limit of cost', async () => {
    machine.write('in.txt', 'a\n');
    const { code, stderr } = await machine.run(['in.txt', '--model', 'openai/unheard-of', '--max-cost', '1', '--yes']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is none for openai/unheard-of');
  });

  it('stops before a limit is passed, and goes on below a higher one', async () => {
    machine.write('in.txt', numbered(30));
    // 12 tokens out and a few in: a bit above 7 millionths of a dollar each.
    const args = ['in.txt', '--yes', '--max-tokens', '12'];
    const { code, stderr } = await machine.run([...args, '--max-cost', '0.0001']);
    expect(code).toBe(1);
    expect(stderr).toContain('stopped at --max-cost');
    const spent = () => machine.results('in.txt.answers.jsonl').reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
    const first = machine.results('in.txt.answers.jsonl').length;
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThan(30);
    expect(spent()).toBeLessThanOrEqual(0.0001);
    expect(await machine.run([...args, '--max-cost', '0.0001'])).toMatchObject({ code: 1 });
    expect(spent()).toBeLessThanOrEqual(0.0001);
    expect(await machine.run([...args, '--max-cost', '1'])).toMatchObject({ code: 0 });
    expect(promptsOf(upstream)).toHaveLength(30);
  });

  it.each([
    ['missing.txt', '', 1, 'missing.txt cannot be used'],
    ['folder.txt', undefined, 1, 'it is a folder'],
    ['empty.txt', '', 1, 'empty.txt has no rows'],
    ['blank.csv', 'a,b\n\n', 1, 'has no rows'],
    ['bad.jsonl', '{"prompt":"x"}\n{', 1, 'bad.jsonl, line 2: it is not JSON'],
    ['rows.xlsx', 'x', 2, '--format jsonl'],
    ['columns.csv', 'a,b\n1,2\n', 1, 'It has a, b.'],
  ])('refuses %s before anything is asked', async (name, text, expected, message) => {
    if (text === undefined) mkdirSync(join(machine.folder, name));
    else if (!name.startsWith('missing')) machine.write(name, text);
    const { code, stderr } = await machine.run([name, '--yes']);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
    expect(upstream.requests).toEqual([]);
    expect(existsSync(join(machine.folder, `${name}.answers.jsonl`))).toBe(false);
  });

  it('refuses a file of others as its output', async () => {
    machine.write('in.txt', 'a\n');
    machine.write('out.jsonl', 'precious\n');
    const { code, stderr } = await machine.run(['in.txt', '--yes', '-o', 'out.jsonl']);
    expect([code, machine.text('out.jsonl')]).toEqual([1, 'precious\n']);
    expect(stderr).toContain('add --restart to replace it');
    expect(await machine.run(['in.txt', '--yes', '-o', 'in.txt'])).toMatchObject({ code: 2 });
    expect(await machine.run(['in.txt', '--yes', '-o', 'out.jsonl', '--restart'])).toMatchObject({ code: 0 });
    expect(machine.results('out.jsonl')).toHaveLength(1);
  });

  it('refuses a job that is at work already', async () => {
    upstream.set({ firstTokenMs: 60_000 });
    machine.write('in.txt', 'a\n');
    const first = machine.start(['in.txt', '--yes']);
    const ended = outcomeOf(first);
    await upstream.waitFor(({ active }) => active === 1, { timeoutMs: 20_000 });
    const { code, stderr } = await machine.run(['in.txt', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('another "hotpath batch" is writing in.txt.answers.jsonl');
    expect((await machine.run(['in.txt', '--yes', '--restart'])).stderr).toContain('another "hotpath batch"');
    first.kill('SIGKILL');
    await ended;
    upstream.set({ firstTokenMs: 0 });
    // The lock has ended with its process.
    expect(await machine.run(['in.txt', '--yes'])).toMatchObject({ code: 0 });
  });

  it('refuses a damaged journal, and says what to do', async () => {
    machine.write('in.txt', 'a\n');
    await machine.run(['in.txt', '--yes']);
    writeFileSync(machine.journal(), 'no database');
    const { code, stderr } = await machine.run(['in.txt', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('--restart begins with a new one')]);
    expect(await machine.run(['in.txt', '--yes', '--restart'])).toMatchObject({ code: 0 });
  });
});
