import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';
import { entry, heard, outcomeOf } from './built.ts';

let upstream: Upstream;
let machine: ReturnType<typeof batchMachine>;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  upstream = await startUpstream();
  machine = batchMachine(upstream);
  machine.write('in.txt', Array.from({ length: 40 }, (_, at) => `Question ${at + 1}\n`).join(''));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await upstream.close();
});

/** `hotpath batch` on a terminal of its own, 80 columns wide; what is written to it was typed. */
const onTerminal = (args: string) => {
  const line = `stty cols 80; exec "${process.execPath}" "${entry}" batch ${args}`;
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: machine.folder,
    env: { ...machine.environment, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  stops.push(() => child.kill('SIGKILL'));
  return {
    outcome: outcomeOf(child),
    shown: (pattern: RegExp) => heard(child.stdout, pattern),
    type: (text: string) => child.stdin.write(text),
  };
};

const keyOfInterrupt = '\u0003';
const removeRest = '\u001b[K';
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('hotpath batch on a terminal (needs script of util-linux)', () => {
  it('says what it would cost and asks, and does nothing without a yes', async () => {
    const { outcome, shown, type } = onTerminal('in.txt');
    expect(await shown(/Ask them\? \[y\/N\] $/)).toMatch(
      /40 rows\r\n40 to ask openai\/gpt-4o-mini\r\n.*about \$0\.0\d+/,
    );
    type('n\n');
    expect((await outcome).code).toBe(1);
    expect(upstream.requests).toEqual([]);
    expect(machine.text('in.txt.answers.jsonl')).toBe('');
  });

  it('shows on one line how far it has come', async () => {
    upstream.set({ firstTokenMs: 400 });
    const { outcome, shown, type } = onTerminal('in.txt --concurrency 4');
    await shown(/\[y\/N\] $/);
    type('y\n');
    const { code, stdout } = await outcome;
    expect(code).toBe(0);
    // Each line is written over the one before it, and only then the rest of that is removed.
    const lines = stdout.split('\r').filter((text) => text.includes(' · ETA '));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(line.endsWith(removeRest)).toBe(true);
      const text = line.slice(0, -removeRest.length);
      expect(text).toMatch(/^\d+\/40 rows · \d+% · [\d.]+\/s · 0 failed · \$[\d.]+ · ETA (unknown|[\d.]+ \w+)$/);
      expect(text.length).toBeLessThan(80);
    }
    expect(stdout).toContain(`\r${removeRest}40 rows: 40 answered · $0.000`);
  });

  it('finishes what is under way after Ctrl-C, and pays for none of it again', async () => {
    upstream.set({ firstTokenMs: 700 });
    const { outcome, shown, type } = onTerminal('in.txt --yes --concurrency 4');
    await upstream.waitFor(({ active }) => active === 4, { timeoutMs: 20_000 });
    const finishing = shown(/Finishing the rows under way. Ctrl-C again stops at once./);
    type(keyOfInterrupt);
    await finishing;
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    expect(stdout).toContain('Run the same command again to go on.');
    const first = promptsOf(upstream).length;
    expect(first).toBeLessThan(40);
    expect(machine.results('in.txt.answers.jsonl')).toHaveLength(first);
    upstream.set({ firstTokenMs: 0 });
    const rest = await machine.run(['in.txt', '--yes']);
    expect(rest.code).toBe(0);
    expect(rest.stderr).toContain(`40 rows (${first} answered before)`);
    expect(promptsOf(upstream)).toHaveLength(40);
    expect(upstream.requests.some(({ aborted }) => aborted)).toBe(false);
  });

  it('stops at once at the second Ctrl-C, and asks again what was under way', async () => {
    upstream.set({ firstTokenMs: 60_000 });
    const { outcome, shown, type } = onTerminal('in.txt --yes --concurrency 4');
    await upstream.waitFor(({ active }) => active === 4, { timeoutMs: 20_000 });
    const finishing = shown(/Finishing/);
    type(keyOfInterrupt);
    await finishing;
    type(keyOfInterrupt);
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    // What was sent is billed, though nobody has heard the answers.
    expect(stdout).toMatch(/40 rows: 0 answered · 40 left · \$0\.00000\d/);
    expect(stdout).toMatch(/\$0\.00000\d of it brought no answer that is kept/);
    await upstream.waitFor(({ active }) => active === 0);
    upstream.set({ firstTokenMs: 0 });
    const rest = await machine.run(['in.txt', '--yes']);
    expect(rest.stderr).toContain('40 rows (4 under way when the last run ended)');
    expect(machine.results('in.txt.answers.jsonl')).toHaveLength(40);
    expect(promptsOf(upstream, ({ aborted }) => !aborted)).toHaveLength(40);
  });

  it('asks nothing of a file that has changed since it was counted', async () => {
    const { outcome, shown, type } = onTerminal('in.txt');
    await shown(/\[y\/N\] $/);
    machine.write('in.txt', 'Another question, that nobody has agreed to\n');
    type('y\n');
    const { code, stdout } = await outcome;
    expect(code).toBe(1);
    expect(stdout).toContain('in.txt has changed while it was read');
    expect(upstream.requests).toEqual([]);
  });

  it('can be left at the question', async () => {
    const { outcome, shown, type } = onTerminal('in.txt');
    await shown(/\[y\/N\] $/);
    type(keyOfInterrupt);
    expect((await outcome).code).toBe(130);
    expect(upstream.requests).toEqual([]);
  });
});
