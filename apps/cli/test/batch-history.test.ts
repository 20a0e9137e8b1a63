import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';
import { type Outcome, outcomeOf } from './built.ts';

let upstream: Upstream;
let machine: ReturnType<typeof batchMachine>;
/** Another command, in the same folder. */
let hotpath: (...args: readonly string[]) => Promise<Outcome>;

beforeEach(async () => {
  upstream = await startUpstream();
  machine = batchMachine(upstream);
  const { environment } = machine;
  hotpath = (...args) => machine.runOther(args, { environment });
  machine.write('in.txt', Array.from({ length: 20 }, (_, at) => `Question ${at + 1}\n`).join(''));
});
afterEach(() => upstream.close());

const runs = async () =>
  JSON.parse((await hotpath('history', '--json')).stdout).runs as readonly {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly costUsd?: number;
  }[];

describe('hotpath batch in the history of runs', () => {
  it('is a run with its counts and its cost, not a step for each row', async () => {
    upstream.inject('content-filter', { times: 1 });
    await machine.run(['in.txt', '--yes', '-o', 'out.jsonl']);
    const [kept, ...others] = await runs();
    expect([kept, others]).toMatchObject([{ name: 'batch out.jsonl', state: 'kept' }, []]);
    expect((await hotpath('history')).stdout).toMatch(/batch out\.jsonl +kept/);
    const { stdout } = await hotpath('history', kept?.id ?? '');
    expect(stdout).toMatch(/^job +batch out\.jsonl$/m);
    expect(stdout).toMatch(/^rows +20: 19 answered · 1 failed$/m);
    expect(stdout).toMatch(/^again +hotpath batch in\.txt --output out\.jsonl$/m);
    expect(stdout).toMatch(/^inputs +rows=in\.txt output=out\.jsonl model=/m);
    expect(stdout.split('\n').length).toBeLessThan(20);

    expect(await machine.run(['in.txt', '--yes', '-o', 'out.jsonl', '--retry-failed'])).toMatchObject({ code: 0 });
    expect(await runs()).toMatchObject([{ id: kept?.id, state: 'committed' }]);
    const { attempts, costUsd } = JSON.parse((await hotpath('history', kept?.id ?? '', '--json')).stdout);
    expect(attempts).toMatchObject([
      { step: 'items', end: 'failed' },
      { step: 'items', end: 'succeeded', output: { items: 20, succeeded: 20, failed: 0, left: 0 } },
    ]);
    const spent = machine.results('out.jsonl').reduce((sum, row) => sum + (row.costUsd ?? 0), 0);
    expect(costUsd).toBeCloseTo(spent, 10);
  });

  it('is gone on with by the same command alone', async () => {
    upstream.set({ firstTokenMs: 60_000 });
    const first = machine.start(['in.txt', '--yes']);
    const ended = outcomeOf(first);
    await upstream.waitFor(({ active }) => active > 0, { timeoutMs: 20_000 });
    expect(await runs()).toMatchObject([{ state: 'running' }]);
    first.kill('SIGKILL');
    await ended;
    const [{ id = '', state } = {}] = await runs();
    expect(state).toBe('interrupted');
    const { stderr: hint } = await hotpath('history');
    expect(hint.replaceAll(/\s+/g, ' ')).toContain('"hotpath batch in.txt --output in.txt.answers.jsonl" with');
    expect(hint).not.toContain('hotpath resume');
    for (const command of ['resume', 'undo', 'graph']) {
      const { code, stderr } = await hotpath(command, id);
      expect([code, stderr]).toEqual([1, expect.stringContaining('[BATCH_RUN_KIND]')]);
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain('hotpath batch in.txt --output in.txt.answers.jsonl');
    }
    // It is none that they mean where none is named.
    expect((await hotpath('resume')).stderr).toContain('CLI_RUN_MISSING');
    upstream.set({ firstTokenMs: 0 });
    machine.write('work.yaml', 'name: work\nsteps:\n  - { id: one, file: made.txt, content: made }\n');
    expect(await hotpath('run', 'work.yaml', '--yes')).toMatchObject({ code: 0 });
    expect(await runs()).toMatchObject([
      { name: 'work', state: 'committed' },
      { id, state: 'kept' },
    ]);
    expect(await machine.run(['in.txt', '--yes'])).toMatchObject({ code: 0 });
    expect((await runs()).find((run) => run.id === id)).toMatchObject({ state: 'committed' });
    expect(machine.results('in.txt.answers.jsonl')).toHaveLength(20);
  });

  it('is forgotten as other runs are, with what is kept of it', async () => {
    await machine.run(['-', '--format', 'txt', '-o', 'out.jsonl', '--yes'], { input: 'One\n' });
    const files = (): readonly string[] => readdirSync(join(machine.folder, 'home/state/batches'));
    expect(files()).toHaveLength(2);
    expect((await hotpath('history', '--prune', '1d')).stdout).toBe('Removed 0 runs.\n');
    expect((await hotpath('history', '--prune', '1ms')).stdout).toBe('Removed 1 run.\n');
    expect([files(), await runs()]).toEqual([[], []]);
    expect(existsSync(join(machine.folder, 'out.jsonl'))).toBe(true);
    expect(promptsOf(upstream)).toHaveLength(1);
  });
});
