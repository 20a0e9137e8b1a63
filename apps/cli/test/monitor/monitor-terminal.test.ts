import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, type Machine, outcomeOf } from '../built.ts';
import { createEmulator } from '../screen/emulator.ts';
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';

let machine: Machine;
let gateway: MetricsServer;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  machine = freshMachine();
  gateway = await startMetricsServer();
});

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await gateway.stop();
});

const patience = { timeout: 20_000, interval: 30 };

/** Runs a line of shell on a terminal of 100 x 30 of its own, and shows what such a terminal would. */
const onTerminal = (line: string, environment: Readonly<Record<string, string>> = {}) => {
  const emulator = createEmulator(100, 30);
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qefc', `stty cols 100 rows 30; echo "on $(tty)"; ${line}`, '/dev/null'],
    {
      cwd: machine.folder,
      env: { ...machine.environment, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment },
    },
  );
  stops.push(() => child.kill('SIGKILL'));
  let bytes = '';
  let written = Promise.resolve();
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.toString('latin1');
    written = written.then(() => emulator.write(chunk));
  });
  const text = (): string => emulator.lines().join('\n');
  const shows = async (pattern: RegExp): Promise<string> => {
    await expect.poll(text, patience).toMatch(pattern);
    await written;
    return text();
  };
  return {
    emulator,
    outcome: outcomeOf(child),
    type: (keys: string) => child.stdin.write(keys),
    shows,
    bytes: () => bytes,
    isCursorShown: () => bytes.lastIndexOf('\u001b[?25h') >= bytes.lastIndexOf('\u001b[?25l'),
    async resize(columns: number, rows: number) {
      const [, tty] = /on (\/dev\/\S+)/.exec(bytes) ?? [];
      emulator.resize(columns, rows);
      expect(spawnSync('stty', ['-F', tty ?? '', 'cols', `${columns}`, 'rows', `${rows}`]).status).toBe(0);
    },
  };
};

type OnTerminal = ReturnType<typeof onTerminal>;

const monitorLine = (): string => `"${process.execPath}" "${entry}" monitor --server ${gateway.url} --interval 200ms`;

/** The monitor itself, by the port that it watches. */
const pidOf = (): number => {
  const { stdout } = spawnSync('pgrep', ['-f', `monitor --server ${gateway.url} `], { encoding: 'utf8' });
  const pids = stdout.trim().split('\n').map(Number);
  const found = pids.filter((pid) =>
    spawnSync('ps', ['-o', 'comm=', '-p', `${pid}`], { encoding: 'utf8' }).stdout.match(/node|MainThread/),
  );
  expect(found).toHaveLength(1);
  return found[0] as number;
};

const expectRestored = async ({ emulator, isCursorShown, bytes, shows }: OnTerminal): Promise<void> => {
  const text = await shows(/left/);
  expect(text).toMatch(/[^-]icanon/);
  expect(text).toMatch(/[^-]echo\b/);
  expect(emulator.state()).toEqual({ isAlternate: false, wraps: true, isHeldBack: false });
  expect(isCursorShown()).toBe(true);
  // Nothing of the view is on the ordinary screen.
  expect(text).not.toContain('Requests');
  expect(bytes()).toContain('\u001b[?1049h');
};

const thenTell = 'echo "code $?"; stty -a; echo left';
const hasScript =
  process.platform === 'linux' &&
  ['script', 'pgrep', 'ps'].every((program) => spawnSync(program, ['--version']).status === 0);

describe.skipIf(!hasScript)('hotpath monitor on a terminal (needs script of util-linux, and procps)', () => {
  it('shows the gateway, goes by its size, and gives the terminal back at the end', async () => {
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`);
    const text = await terminal.shows(/● live.*gpt-4\.1-mini/s);
    expect(terminal.emulator.state().isAlternate).toBe(true);
    expect(terminal.isCursorShown()).toBe(false);
    expect(text.split('\n')[28]).toMatch(/^╰─+╯$/);
    await terminal.resize(130, 45);
    await terminal.shows(/Batches.*validating/s);
    await expect.poll(() => terminal.emulator.lines()[43], patience).toMatch(/^╰─{128}╯$/);
    await terminal.resize(60, 10);
    await terminal.shows(/^hotpath monitor needs 80 x 24 characters; this terminal has\s60 x 10/);
    await terminal.resize(80, 24);
    await terminal.shows(/通义|grok-4.*q quit/s);
    terminal.type('q');
    await expectRestored(terminal);
    expect(await terminal.shows(/code/)).toContain('code 0');
  });

  it('writes each frame between the marks of synchronised output', async () => {
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`);
    await terminal.shows(/● live/);
    await gateway.stop();
    await terminal.shows(/○ reconnecting/);
    terminal.type('q');
    await expectRestored(terminal);
    const bytes = terminal.bytes();
    const view = bytes.slice(bytes.indexOf('\u001b[?7l') + 5, bytes.lastIndexOf('\u001b[?2026l\u001b[0m'));
    const frames = view.split('\u001b[?2026h');
    expect(frames[0]).toBe('');
    expect(frames.length).toBeGreaterThan(2);
    for (const frame of frames.slice(1)) expect(frame.indexOf('\u001b[?2026l')).toBe(frame.length - 8);
  });

  it('does what keys say', async () => {
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`);
    const { type, shows } = terminal;
    await shows(/6 by calls/);
    type('s');
    await shows(/6 by errors/);
    type('/GPT\u007f');
    await shows(/filter {2}GP /);
    type('t\r');
    await shows(/2 with "GPt" by errors/);
    type('\u001b');
    await shows(/6 by errors/);
    type('?');
    await shows(/Keys.*Ctrl-Z/s);
    type(' ');
    await shows(/6 by errors/);
    type('p');
    const paused = await shows(/paused/);
    const [, at] = /(\S+Z)$/m.exec(paused) ?? [];
    gateway.traffic.pass(100);
    type('\t');
    const asked = gateway.asked();
    await expect.poll(() => gateway.asked(), patience).toBeGreaterThan(asked + 5);
    expect(await shows(/paused/)).toContain(at);
    type('p');
    await shows(/● live/);
    type('\u0003');
    await expectRestored(terminal);
    expect(await shows(/code/)).toContain('code 130');
  });

  it('waits for a gateway that went away, and counts on where it starts anew', async () => {
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`);
    gateway.traffic.pass(2000);
    const before = await terminal.shows(/Requests ─+ ([\d.]+)k in all/);
    const counted = (text: string): number => Number(/ ([\d.]+)k in all/.exec(text)?.[1]);
    await gateway.stop();
    await terminal.shows(/○ reconnecting.*does not answer/s);
    gateway.traffic.restart();
    await gateway.start();
    const after = await terminal.shows(/● live/);
    expect(counted(after)).toBeGreaterThanOrEqual(counted(before));
    terminal.type('q');
    await expectRestored(terminal);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('gives the terminal back on %s', async (signal, code) => {
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`);
    await terminal.shows(/● live/);
    process.kill(pidOf(), signal);
    await expectRestored(terminal);
    expect(await terminal.shows(/code/)).toContain(`code ${code}`);
  });

  it('gives the terminal back before it tells of a failure', async () => {
    const file = machine.write('fail.mjs', "process.on('SIGUSR2', () => { throw new Error('it is broken'); });");
    const terminal = onTerminal(`${monitorLine()}; ${thenTell}`, { NODE_OPTIONS: `--import=${file}` });
    await terminal.shows(/● live/);
    process.kill(pidOf(), 'SIGUSR2');
    await expectRestored(terminal);
    expect(await terminal.shows(/code/)).toMatch(
      /hotpath \[UNKNOWN\]: it is broken\. .*--debug shows where it\s+happened\.\s+code 1/s,
    );
  });

  const hasBash = spawnSync('bash', ['--version']).status === 0;

  it.skipIf(!hasBash)('stops with Ctrl-Z and goes on with fg', async () => {
    const terminal = onTerminal('PS1="at the prompt: " bash --noprofile --norc -i');
    const { type, shows, emulator } = terminal;
    await shows(/prompt: /);
    type(`${monitorLine()}\n`);
    await shows(/● live/);
    type('\u001a');
    await shows(/Stopped.*prompt:\s*$/s);
    expect(emulator.state().isAlternate).toBe(false);
    expect(terminal.isCursorShown()).toBe(true);
    type('stty -a\n');
    expect(await shows(/echo\b.*prompt:\s*$/s)).toMatch(/[^-]icanon/);
    type('fg\n');
    await shows(/● live.*q quit/s);
    expect(emulator.state().isAlternate).toBe(true);
    type('\t');
    type('q');
    await expect.poll(() => emulator.state().isAlternate, patience).toBe(false);
    type('stty -a; echo left\n');
    await expectRestored(terminal);
  });

  it('goes on where nobody could have it go on after Ctrl-Z', async () => {
    const terminal = onTerminal(`setsid --wait ${monitorLine()}; ${thenTell}`);
    await terminal.shows(/● live/);
    process.kill(pidOf(), 'SIGTSTP');
    await expect.poll(() => terminal.bytes().split('\u001b[?1049h').length, patience).toBe(3);
    await terminal.shows(/● live.*q quit/s);
    terminal.type('q');
    await expectRestored(terminal);
  });

  it('shows no colours with NO_COLOR, and colours without', async () => {
    const plain = onTerminal(`${monitorLine()}; ${thenTell}`, { NO_COLOR: '1' });
    const colored = onTerminal(`${monitorLine()}; ${thenTell}`);
    for (const terminal of [plain, colored]) {
      await terminal.shows(/● live/);
      terminal.type('q');
      await expectRestored(terminal);
    }
    expect(plain.bytes()).not.toContain('38;5;');
    expect(colored.bytes()).toContain('38;5;');
  });
});
