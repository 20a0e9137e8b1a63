import { beforeAll, describe, expect, it } from 'vitest';
import { eventFile, recordRequests } from './analytics-machine.ts';
import { freshMachine, type Machine } from './built.ts';

const hourMs = 3_600_000;
const usd = 1e6;

let machine: Machine;
beforeAll(async () => {
  machine = freshMachine();
  const start = Date.now() - 12 * hourMs;
  const ask = (
    hours: number,
    shape: string,
    exact: string,
    cost: number,
    names: Readonly<Record<string, string>> = {},
  ) => ({
    atMs: start + hours * hourMs,
    id: `req_${hours}`,
    shape,
    exact,
    names: { agent: 'claude-cli', ...names },
    figures: names.cache === 'hit' ? { saved_cache: cost * usd } : { cost: cost * usd },
  });
  await recordRequests(eventFile(machine), [
    ask(1, 'AAAAAAAAAAAA', 'x', 1),
    ask(2, 'AAAAAAAAAAAA', 'x', 1, { cache: 'hit' }),
    ask(3, 'AAAAAAAAAAAA', 'x', 2, { cache: 'bypass', agent: 'reviewer', model: 'large' }),
    ask(8, 'AAAAAAAAAAAA', 'y', 4),
    ask(9, 'BBBBBBBBBBBB', 'z', 8),
    ask(10, 'BBBBBBBBBBBB', 'z', 8),
    ask(11, 'CCCCCCCCCCCC', 'w', 16),
  ]);
});
const run = (...args: readonly string[]) => machine.run(['analytics', 'patterns', ...args]);

describe('hotpath analytics patterns', () => {
  it('shows prompts that came again, by what could have been saved', async () => {
    const { code, stdout, stderr } = await run();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      '1 of 6 requests that came again (16.7%) were answered by what had been asked before; $10.00 more could have been saved; 1 that are nearly the same cost $4.00',
    );
    const [heading, one, other, ...rest] = stdout.split('\n').slice(4);
    expect(heading).toMatch(
      /^shape +model +agent +requests +reused +repeated +near +cost +saved +missed +near cost +such as *$/,
    );
    expect(one).toMatch(/^BBBBBBBBBBBB +gpt-5-mini +claude-cli +2 +0% +1 +0 +\$16\.00 +\$0 .* +\$8\.00 .* req_10$/);
    expect(other).toMatch(/^AAAAAAAAAAAA +gpt-5-mini \+1 +claude-cli \+1 +4 +25\.0% +1 +1 .* req_8$/);
    expect(rest.join('\n')).toMatch(/^\nRepeated: paid for although the same/);
  });

  it('goes by how long answers would be kept', async () => {
    const { stdout } = await run('--ttl', '30m', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, basis: 'shape', ttlMs: 1_800_000, repeated: 0, near: 3 });
  });

  it('tells what one agent asks, and that nothing came again', async () => {
    const { stdout } = await run('--where', 'agent=claude-cli', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      requests: 5,
      repeated: 1,
      patterns: [{ requests: 2 }, { requests: 3 }],
    });
    const none = await run('--least', '100');
    expect([none.code, none.stdout]).toEqual([0, '']);
    expect(none.stderr).toContain('No prompt came so often in that time');
  });
});
