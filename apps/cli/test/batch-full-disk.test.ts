import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { canMountDisk, mountDisk, resizeDisk, unmountDisk } from '../../../tests/support/small-disk.ts';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';

let upstream: Upstream;
let machine: ReturnType<typeof batchMachine>;
let disk: string;

beforeEach(async () => {
  upstream = await startUpstream();
  upstream.set({ firstTokenMs: 100 });
  machine = batchMachine(upstream);
  disk = join(machine.folder, 'disk');
  machine.write('in.txt', Array.from({ length: 60 }, (_, at) => `Question ${at + 1}\n`).join(''));
});
afterEach(async () => {
  unmountDisk(disk);
  unmountDisk(join(machine.folder, 'home/state/batches'));
  unmountDisk(join(machine.folder, 'home'));
  await upstream.close();
});

describe.skipIf(!canMountDisk())('hotpath batch on a full disk (needs to mount one)', () => {
  const args = ['in.txt', '--yes', '--no-cache', '--output', 'disk/out.jsonl'];

  it('finishes what is under way, keeps it in the journal, and pays for nothing twice', async () => {
    mountDisk(disk, 'size=8k');
    writeFileSync(join(disk, 'ballast'), 'x'.repeat(4_096));
    const { code, stderr } = await machine.run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\d+ rows are under way, and paid/);
    expect(stderr).toMatch(/60 rows: \d+ answered · \d+ left · \$0\.0/);
    expect(stderr).toMatch(
      /\[CLI_FILE_UNUSABLE\]: .*out\.jsonl cannot be written \(ENOSPC.*Make room on its disk and run the same/,
    );
    expect(stderr).not.toContain('Name another');
    expect(upstream.requests.some(({ aborted }) => aborted)).toBe(false);
    expect(machine.text('disk/out.jsonl')).toMatch(/^$|\n$/);
    const [, answered] = /60 rows: (\d+) answered/.exec(stderr) ?? [];
    expect(promptsOf(upstream)).toHaveLength(Number(answered));

    // Still no room: nothing is asked that was answered, and what is under way is again waited for.
    const again = await machine.run([...args, '--json']);
    expect(again.code).toBe(1);
    const events = again.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(events.at(-2)).toMatchObject({ type: 'end', reason: 'broken', error: { code: 'CLI_FILE_UNUSABLE' } });

    rmSync(join(disk, 'ballast'));
    resizeDisk(disk, '1m');
    expect((await machine.run(args)).code).toBe(0);
    expect(machine.results('disk/out.jsonl').map(({ row }) => row)).toEqual(
      Array.from({ length: 60 }, (_, at) => at + 1),
    );
    expect(promptsOf(upstream)).toHaveLength(60);
  });

  it('says how many answers could be kept nowhere when that of its journal is full', async () => {
    upstream.set({ text: 'x'.repeat(3_000) });
    const batches = join(machine.folder, 'home/state/batches');
    mountDisk(batches, 'size=200k');
    const { code, stderr } = await machine.run(['in.txt', '--yes', '--no-cache', '--output', 'out.jsonl']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[CLI_BATCH_JOURNAL_UNUSABLE\]: .*Make room on the disk and run the same command again/);
    expect(stderr).toMatch(/\d+ answers? could not be kept\.\n/);
    expect(stderr).toMatch(/\$0\.0\d* of it brought no answer that is kept/);
    expect(machine.text('out.jsonl')).toMatch(/^$|\n$/);
    const [, kept] = /60 rows: (\d+) answered/.exec(stderr) ?? [];
    expect(Number(kept)).toBeGreaterThan(0);
    resizeDisk(batches, '8m');
    const [, lost] = /(\d+) answers? could not be kept/.exec(stderr) ?? [];
    expect((await machine.run(['in.txt', '--yes', '--no-cache', '--output', 'out.jsonl'])).code).toBe(0);
    expect(promptsOf(upstream)).toHaveLength(60 + Number(lost));
    expect(machine.results('out.jsonl').map(({ row }) => row)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  });

  it('asks nothing where not even that there is such a run can be written down', async () => {
    const home = join(machine.folder, 'home');
    mountDisk(home, 'size=128k');
    const args = ['in.txt', '--yes', '--no-cache', '--output', 'out.jsonl'];
    const { code, stderr } = await machine.run(args);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/\[CLI_BATCH_JOURNAL_UNUSABLE\]: .*Make room on the disk/),
    ]);
    expect(promptsOf(upstream)).toEqual([]);
    resizeDisk(home, '8m');
    expect((await machine.run(args)).code).toBe(0);
  });
});
