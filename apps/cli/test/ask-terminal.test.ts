import { spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, heard, type Machine, outcomeOf } from './built.ts';
import { type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

let machine: Machine;
let upstream: ScriptedUpstream;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  machine = freshMachine();
  upstream = await scriptedUpstream(({ body }) =>
    body.messages.at(-1).content === 'wait' ? { begins: 'Begun, ', end: 'open' } : 'All of it',
  );
  stops.push(() => upstream.close());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const keyOfInterrupt = '\u0003';

/** Asks on a terminal of its own; what is written to it was typed. */
const onTerminal = (...args: readonly string[]) => {
  const line = ['exec', `"${process.execPath}"`, `"${entry}"`, 'ask', '-m', 'openai/gpt-4.1-mini', ...args].join(' ');
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: machine.folder,
    env: { ...machine.environment, ...upstream.environment, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  stops.push(() => child.kill('SIGKILL'));
  return { child, outcome: outcomeOf(child) };
};

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const states = async () =>
  JSON.parse((await machine.run(['conversations', 'show', '--json'])).stdout).turns.map(
    ({ state, answer }: { state: string; answer: string }) => [state, answer],
  );

describe.skipIf(!hasScript)('hotpath ask on a terminal (needs script of util-linux)', () => {
  it('shows what comes as it comes, and does not wait for the keyboard', async () => {
    const { child, outcome } = onTerminal('wait');
    await heard(child.stdout, /Begun, /);
    child.stdin.write(keyOfInterrupt);
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    // The terminal echoes the key, and the line is ended.
    expect(stdout).toMatch(/^Begun, (?:\^C)?\r\n$/);
    expect(await states()).toEqual([['cut', 'Begun, ']]);
  });

  it('tells with -v what was spent when it was interrupted, and goes on from there', async () => {
    const { child, outcome } = onTerminal('-v', 'wait');
    await heard(child.stdout, /Begun, /);
    child.stdin.write(keyOfInterrupt);
    expect((await outcome).stdout).toMatch(
      /interrupted · \$0\.\d{6} · \$0\.\d{6} of it estimated · conversation \w{8}/,
    );
    const next = onTerminal('-c', '"go on"');
    expect((await next.outcome).stdout).toBe('All of it\r\n');
    expect(upstream.asked.at(-1)?.body.messages).toMatchObject([
      { content: 'wait' },
      { role: 'assistant', content: 'Begun, ' },
      { content: 'go on' },
    ]);
    expect(await states()).toEqual([
      ['cut', 'Begun, '],
      ['whole', 'All of it'],
    ]);
  });
});
