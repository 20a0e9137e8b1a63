import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import { busyMachine, eventFile, recordRequests } from './analytics-machine.ts';
import { freshMachine, type Machine } from './built.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await busyMachine();
});
const run = (...args: readonly string[]) => machine.run(['analytics', ...args]);
const told = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};

describe('hotpath analytics summary', () => {
  it('shows what was asked, how it went and what it cost, with what has changed', async () => {
    const { code, stdout } = await run('summary', '--by', 'model');
    expect(code).toBe(0);
    expect(stdout).toMatch(/requests +1,00\d .*[▁▂▃▄▅▆▇█]/);
    expect(stdout).toMatch(/failed +2[01] \([12]\.\d\d%\)/);
    expect(stdout).toMatch(/duration +p50 2\.\d s {2}\+\d+.*%, p95 3\.\d s/);
    expect(stdout).toMatch(/cost +\$1\.51/);
    expect(stdout).toMatch(/cache +25\.0% of 1,00\d answered/);
    expect(stdout).toMatch(/\ngpt-5-mini +67\d /);
    expect(stdout).toMatch(/\nclaude-haiku-4-5 +33\d /);
  });

  it('says of what costs nobody knows how much that its tokens may be what is not known', async () => {
    const other = freshMachine();
    await recordRequests(eventFile(other), [{ atMs: Date.now(), names: { cache: 'hit' }, figures: { unpriced: 1 } }]);
    const { stdout } = await other.run(['analytics', 'summary']);
    expect(stdout).toContain('1 request has no known price or count of tokens');
    expect(stdout).toContain('stream_options.include_usage');
    expect((await other.run(['analytics', 'cost'])).stdout).toMatch(/no known|without a known/);
  });

  it('tells the same as JSON', async () => {
    const answer = await told('summary', '--by', 'model', '--days', '1');
    expect(answer).toMatchObject({ version: 1, by: 'model', stepMs: 1_800_000 });
    expect(answer.toMs - answer.fromMs).toBe(86_400_000);
    expect(answer.total.requests).toBeGreaterThanOrEqual(143);
    expect(answer.groups.map(({ name }: { name: string }) => name)).toEqual(['gpt-5-mini', 'claude-haiku-4-5']);
  });

  it('takes filters and times', async () => {
    const some = await told('summary', '--from', '36h', '--to', '12h', '--provider', 'anthropic', '-w', 'cache=hit');
    expect(some.where).toEqual({ provider: ['anthropic'], cache: ['hit'] });
    expect(some.total.requests).toBe(12);
    expect((await told('summary', '-m', 'gpt-5-mini', '-m', 'claude-haiku-4-5')).total.requests).toBeGreaterThan(1000);
  });

  it('knows keys by their names', async () => {
    const other = freshMachine();
    const made = await other.run(['keys', 'create', 'laptop', '--json']);
    const { id } = JSON.parse(made.stdout).key ?? JSON.parse(made.stdout);
    await recordRequests(eventFile(other), [{ atMs: Date.now() - 60_000, names: { key: id } }]);
    const { stdout } = await other.run(['analytics', 'summary', '--by', 'key']);
    expect(stdout).toMatch(/\nlaptop +1 /);
    const filtered = await other.run(['analytics', 'summary', '--key', 'laptop', '--json']);
    expect(JSON.parse(filtered.stdout)).toMatchObject({ where: { key: [id] }, total: { requests: 1 }, tiers: [] });
    expect((await other.run(['analytics', 'summary', '--key', 'laptop'])).stdout).toMatch(
      /tier.* of all requests alone/,
    );
  });
});

describe('a time longer ago than anything is known of', () => {
  it('is told from the first event on, which the text says', async () => {
    const { code, stdout, stderr } = await run('summary', '--from', '99999999d');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^It tells from \d{4}-\d\d-\d\d \d\d:00:00Z on: nothing is known of before\.\n$/);
    expect(stdout).toMatch(/requests +2,0\d\d /);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(160);
    const dated = await told('summary', '--from', '0001-01-01');
    expect(dated.series.atMs.length).toBeLessThanOrEqual(61);
    for (const report of ['cost', 'top', 'errors', 'savings'])
      expect((await run(report, '--from', '0001-01-01')).stderr).toContain('nothing is known of before');
  });
});

describe('models that cost nothing', () => {
  it('are listed by how often they were asked, and nothing is said to be missing', async () => {
    const other = freshMachine();
    await recordRequests(eventFile(other), [
      { atMs: Date.now() - 60_000, names: { model: 'llama' }, figures: { input: 9 } },
    ]);
    const { stdout, stderr } = await other.run(['analytics', 'top']);
    expect([stderr, stdout]).toEqual(['', expect.stringMatching(/, by requests\n\n.*\nllama +100/)]);
    const savings = await other.run(['analytics', 'savings']);
    expect(savings.stdout).toMatch(/\$0(\.0+)? saved, \$0(\.0+)? spent: nothing is known to have cost anything\n/);
    const failed = await other.run(['analytics', 'top', '--order', 'failed']);
    expect(failed.stderr).toMatch(/None of 1 requests has anything to order by failed/);
  });
});

describe('the other reports', () => {
  it('list what costs most, and what fails', async () => {
    expect((await run('top', '--by', 'key')).stdout).toMatch(/\nkey_1 +66\.\d%.*\nkey_2 +33\.\d%/);
    expect((await told('top', '--order', 'failed', '--by', 'code')).entries[0].names).toEqual({
      code: 'ROUTER_TIMEOUT',
    });
    const { stdout } = await run('errors');
    expect(stdout).toMatch(/2[01] of 1,00\d requests failed/);
    expect(stdout).toMatch(/ROUTER_TIMEOUT {2}openai +gpt-5-mini .*\n/);
    expect(stdout).toMatch(/ROUTER_TIMEOUT of gpt-5-mini: req_\d+, req_\d+, req_\d+\n/);
  });

  it('tell costs, savings and patterns', async () => {
    const { stdout } = await run('cost', '--by', 'provider');
    expect(stdout).toMatch(/\n\d{4}-\d{2}-\d{2} +█+ +\$0\.21/);
    expect(stdout).toMatch(/so far, \$\d+\.\d+ at its end/);
    expect((await run('savings')).stdout).toMatch(/cache .* \$0\.50\d+ +25\.0% +25\d/);
    expect((await told('patterns')).basis).toBe('source');
  });
});

describe('hotpath analytics compare', () => {
  it('finds what became worse from one week to the next, and fails if asked to', async () => {
    const { code, stdout } = await run('compare');
    expect(code).toBe(0);
    expect(stdout).toMatch(/duration p95 .* \+(9|100).* worse\n/);
    expect(stdout).toMatch(/error rate .* no difference\n/);
    expect(stdout).toContain('Something is worse.');
    expect((await run('compare', '--fail-on', 'worse')).code).toBe(1);
    expect((await run('compare', '--baseline', '7d', '--current', '14d..7d', '--fail-on', 'worse')).code).toBe(0);
  });

  it('compares files: snapshots, and exports in each format', async () => {
    const path = (name: string): string => join(machine.folder, name);
    expect((await run('snapshot', '--from', '14d', '--to', '7d', '--output', path('before.json'))).code).toBe(0);
    expect(statSync(path('before.json')).mode & 0o077).toBe(0);
    const tails = [];
    for (const name of ['after.ndjson', 'after.json', 'after.csv']) {
      const written = await run('export', '--days', '7', '--output', path(name), '--json');
      expect(JSON.parse(written.stdout).events).toBeGreaterThan(1000);
      const { code, stdout } = await run(
        'compare',
        '--baseline',
        path('before.json'),
        '--current',
        path(name),
        '--json',
        '--fail-on',
        'worse',
      );
      expect(code).toBe(1);
      const { figures, current } = JSON.parse(stdout);
      tails.push({ tail: figures[1], costUsd: current.costUsd });
    }
    expect(tails[0]?.tail).toMatchObject({ figure: 'duration_p95', verdict: 'worse' });
    expect(tails[1]).toEqual(tails[0]);
    expect(tails[2]).toEqual(tails[0]);
  });

  it('takes of files only what the filters let through', async () => {
    const [shot, all] = [join(machine.folder, 'shot.json'), join(machine.folder, 'all.csv')];
    const { stderr } = await run('snapshot', '--output', shot);
    expect(stderr).toMatch(/^Wrote the sums of 1,00\d requests to /);
    await run('export', '--output', all);
    const few = await told('compare', '--baseline', all, '--current', all, '--provider', 'anthropic');
    expect(few.current.requests).toBe(few.baseline.requests);
    expect(few.current.requests).toBeLessThan(400);
    const refused = await run('compare', '--baseline', shot, '--current', all, '--provider', 'anthropic');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('was not taken with these filters')]);
  });

  it.each([
    ['an empty file', '', 'there is nothing in it'],
    ['another file of JSON', '{"name":"x"}', 'its "format" is not "hotpath-analytics"'],
    ['events of another kind', '{"at":"2026-11-20T00:00:00.000Z","outcome":"complete"}\n', 'it is no request'],
    [
      'a line that was cut',
      '{"at":"2026-11-20T00:00:00.000Z","outcome":"complete","first_token":1}\n{"at":',
      'line 2: it is not valid JSON',
    ],
  ])('says what is wrong with %s', async (_, text, problem) => {
    const file = machine.write('given.json', text);
    const { code, stderr } = await run('compare', '--baseline', file);
    expect(code).toBe(1);
    expect(stderr).toContain('[CLI_INPUT_INVALID]');
    expect(stderr).toContain(problem);
  });
});

describe('hotpath analytics export', () => {
  it('writes what the filter lets through to standard output', async () => {
    const { stdout } = await run('export', '--where', 'outcome=failed', '--days', '2');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.every(({ code }) => code === 'ROUTER_TIMEOUT')).toBe(true);
    const csv = await run('export', '--format', 'csv', '--days', '0.1');
    expect(csv.stdout).toMatch(/^at,request_id,/);
  });

  it('leaves no file behind where it is refused', async () => {
    const path = join(machine.folder, 'none.csv');
    expect((await run('export', '--kind', 'nothing', '--output', path)).code).toBe(2);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});

describe('wrong usage', () => {
  it.each([
    [['summary', '--by', 'colour'], 'have no "colour". They have: protocol, provider, model'],
    [['summary', '--from', 'yesterday'], '--from must be a time such as'],
    [['summary', '--from', '1h', '--to', '2h'], 'is not before --to 2h'],
    [['summary', '--days', '3', '--from', '2h'], 'give one of them'],
    [['summary', '--where', 'model'], '--where needs a name and a value'],
    [['summary', '--where', 'colour=red'], 'have no "colour"'],
    [['top', '--order', 'costs'], 'Did you mean cost?'],
    [['compare', '--baseline', 'nowhere'], '--baseline must be a file that is there, or a time'],
    [['compare', '--current', 'now..7d'], 'ends before it begins'],
    [['compare', '--fail-on', 'better'], 'must be one of worse, unknown'],
    [['patterns', '--ttl', '3'], '--ttl must be how long answers are kept, such as 24h'],
    [['export', '--format', 'xml'], 'must be one of ndjson, json, csv'],
    [['export', '--kind', 'requests'], 'There are: request, attempt'],
  ])('%j is told', async (args, problem) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(problem);
  });
});

describe('a file of events', () => {
  it('that is not there yet is no failure, and it is said what to do', async () => {
    const fresh = freshMachine();
    for (const command of ['summary', 'top', 'errors', 'runs', 'cost', 'savings', 'patterns', 'compare', 'export']) {
      const { code, stdout, stderr } = await fresh.run(['analytics', command]);
      expect([command, code, stdout]).toEqual([command, 0, '']);
      expect(stderr).toMatch(/Nothing is recorded yet in .*events\.sqlite\. Whatever is asked from now on is/);
    }
    const { stdout } = await fresh.run(['analytics', 'summary', '--json']);
    expect(JSON.parse(stdout).total.requests).toBe(0);
    expect(() => statSync(eventFile(fresh))).toThrow('ENOENT');
  });

  it('of an older release is brought up to date', async () => {
    const fresh = freshMachine();
    await recordRequests(eventFile(fresh), [{ atMs: Date.now() - 60_000 }]);
    const database = new DatabaseSync(eventFile(fresh));
    database.exec('ALTER TABLE request DROP COLUMN token_rate; PRAGMA user_version = 1');
    database.close();
    const { code, stdout } = await fresh.run(['analytics', 'export']);
    expect([code, JSON.parse(stdout).token_rate]).toEqual([0, null]);
  });

  it('can be another one, which has to be there and be one', async () => {
    const fresh = freshMachine();
    const { stdout } = await fresh.run(['analytics', 'summary', '--store', eventFile(machine), '--json']);
    expect(JSON.parse(stdout).total.requests).toBeGreaterThan(1000);
    const absent = await fresh.run(['analytics', 'summary', '--store', 'nowhere.sqlite']);
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('[CLI_FILE_UNUSABLE]')]);
    const file = fresh.write('text.sqlite', 'nothing of the kind '.repeat(100));
    const text = await fresh.run(['analytics', 'summary', '--store', file]);
    expect([text.code, text.stderr]).toEqual([1, expect.stringContaining('[TELEMETRY_STORE_UNAVAILABLE]')]);
  });
});
