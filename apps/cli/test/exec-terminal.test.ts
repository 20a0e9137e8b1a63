import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, type Machine } from './built.ts';
import { hasScript, keyOfInterrupt, onTerminal as lineOnTerminal } from './pseudo-terminal.ts';

let machine: Machine;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  machine = freshMachine();
  machine.write('hotpath.config.json', '{"providers":{"sim":{}},"detect":{"ollama":false}}');
});

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const onTerminal = (line: string) => {
  const terminal = lineOnTerminal(machine, line);
  stops.push(terminal.kill);
  return terminal;
};

const throughExec = (file: string, text: string): string =>
  `"${process.execPath}" "${entry}" exec -q -- "${process.execPath}" "${machine.write(file, text)}"`;

const keyOfStop = '\u001a';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!hasScript)('hotpath exec on a terminal (needs script of util-linux)', () => {
  it('lets the command have the terminal, and leaves it as it was', async () => {
    const raw = throughExec(
      'raw.cjs',
      `process.stdin.setRawMode(true);
       process.stdin.once('data', (key) => { console.log('key', key[0]); process.kill(process.pid, 'SIGKILL'); });
       console.log('raw', process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY);`,
    );
    const { outcome, shown, type } = onTerminal(`${raw}; echo "code $?"; stty -a`);
    await shown(/raw true true true/);
    type(keyOfInterrupt);
    const { stdout } = await outcome;
    expect(stdout).toContain('key 3');
    expect(stdout).toContain('code 137');
    expect(stdout).toMatch(/[^-]icanon/);
  });

  it('passes Ctrl-C on once, and waits for the command, which may go on', async () => {
    const line = throughExec(
      'count.cjs',
      `let interrupts = 0;
       process.on('SIGINT', () => console.log('interrupt', ++interrupts));
       process.stdin.on('data', () => process.exit(40 + interrupts));
       console.log('ready');`,
    );
    // A shell that waits for it would be interrupted as well.
    const { outcome, shown, type } = onTerminal(`exec ${line}`);
    await shown(/ready/);
    type(keyOfInterrupt);
    await shown(/interrupt 1/);
    type(keyOfInterrupt);
    await shown(/interrupt 2/);
    type('end\n');
    expect((await outcome).code).toBe(42);
  });

  it('passes on what is sent to it alone', async () => {
    const line = throughExec(
      'hangup.cjs',
      `process.on('SIGHUP', () => { console.log('hung up'); process.exit(6); });
       setInterval(() => {}, 1000);
       console.log('parent', process.ppid);`,
    );
    const { outcome, shown } = onTerminal(line);
    const pid = Number(/parent (\d+)/.exec(await shown(/parent \d+\s/))?.[1]);
    process.kill(pid, 'SIGHUP');
    expect((await outcome).code).toBe(6);
  });

  it('does not outlive its terminal', async () => {
    const line = throughExec('stay.cjs', 'setInterval(() => {}, 1000); console.log("ids", process.ppid, process.pid)');
    const { child, shown } = onTerminal(line);
    const [, exec, command] = /ids (\d+) (\d+)/.exec(await shown(/ids \d+ \d+\s/)) ?? [];
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(Number(exec)) || isAlive(Number(command)), { timeout: 20_000 }).toBe(false);
  });

  const hasBash = spawnSync('bash', ['--version']).status === 0;
  const inShell = async () => {
    const terminal = onTerminal('PS1="at the prompt: " bash --noprofile --norc -i');
    await terminal.shown(/prompt: /);
    return terminal;
  };

  it.skipIf(!hasBash)('stops with a command that stops itself, and goes on with it', async () => {
    const line = throughExec(
      'stopping.cjs',
      `process.stdin.setRawMode(true);
       process.on('SIGCONT', () => { process.stdin.setRawMode(true); console.log('going on'); });
       process.stdin.on('data', (key) => {
         if (key[0] !== 26) process.exit(3);
         process.stdin.setRawMode(false);
         process.kill(process.pid, 'SIGSTOP');
       });
       console.log('started');`,
    );
    const { outcome, shown, type } = await inShell();
    type(`${line}\n`);
    await shown(/started/);
    type(keyOfStop);
    await shown(/Stopped.*prompt: /s);
    type('fg\n');
    await shown(/going on/);
    type('x');
    await shown(/prompt: /);
    type('exit $?\n');
    expect((await outcome).code).toBe(3);
  });

  it.skipIf(!hasBash)('runs a shell with jobs of its own', async () => {
    const { outcome, shown, type } = await inShell();
    type(`"${process.execPath}" "${entry}" exec -q -- env PS1="with"in:" " bash --noprofile --norc -i\n`);
    await shown(/within: /);
    type('sh -c "echo run""ning; exec sleep 100"\n');
    await shown(/running/);
    type(keyOfStop);
    await shown(/Stopped.*within: /s);
    type('kill -KILL %1; while [ -n "$(jobs -s)" ]; do sleep 0.05; done; echo "base $OPENAI_BASE_URL"; exit 5\n');
    await shown(/base http:.*prompt: /s);
    type('exit $?\n');
    expect((await outcome).code).toBe(5);
  });
});
