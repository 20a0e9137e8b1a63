import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attemptKind } from '../../src/kinds/attempt.ts';
import { stepKind } from '../../src/kinds/batch.ts';
import { commandKind } from '../../src/kinds/process.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { only, watching } from './support.ts';

const script = fileURLToPath(new URL('./children/provoke.ts', import.meta.url));

describe('a process', () => {
  /** Lets it do too much of something, and stop. */
  const provoked = async (what: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-alerts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, what, folder]);
    const told = JSON.parse(stdout) as { before: unknown[]; states: { to: string; message: string }[] };
    return { ...told, profiles: readdirSync(folder).length };
  };
  /** What comes and goes on a machine where others are at work may be pending before it is firing. */
  const settled = (states: readonly { to: string }[]): readonly string[] => {
    const names = states.map(({ to }) => to);
    return names.slice(names.indexOf('firing'));
  };

  it('that holds more than 500 MB is told of, until it lets go of it', { timeout: 60_000 }, async () => {
    const { before, states } = await provoked('memory');
    expect(before).toEqual([]);
    expect(settled(states)).toEqual(['firing', 'recovering', 'ok']);
    expect(states.find(({ to }) => to === 'firing')?.message).toMatch(
      /^Memory: \d{3} MB in the last 1 s, above 500 MB$/,
    );
  });

  it('that takes much of a core is told of, with a profile of it, until it rests', {
    timeout: 60_000,
  }, async () => {
    const { states, profiles } = await provoked('cpu');
    expect(settled(states)).toEqual(['firing', 'recovering', 'ok']);
    expect(states.find(({ to }) => to === 'firing')?.message).toMatch(/^Processor time: .*, above 20%$/);
    expect(profiles).toBe(1);
  });
});

describe('by default', () => {
  const second = 1000;

  it('steps that begin late are told of, until they begin in time', () => {
    const watch = watching(only({ 'task-start': true }));
    const steps = (delayMs: number, seconds: number): void => {
      for (let time = 0; time < seconds; time += 1) {
        watch.push(stepKind, { step: 's', outcome: 'succeeded' }, { duration: 1000, start_delay: delayMs * 1000 });
        watch.clock.pass(second);
      }
    };
    steps(10, 300);
    expect(watch.states('task-start')).toEqual([]);
    steps(150, 60);
    expect(watch.states('task-start')).toEqual(['pending', 'firing']);
    steps(10, 360);
    expect(watch.states('task-start')).toEqual(['pending', 'firing', 'recovering', 'ok']);
  });

  it('a command that starts late is told of by itself, before it ends', () => {
    const watch = watching(only({ 'command-start': true }), { everyMs: 'never' });
    watch.push(commandKind, { command: 'ask', outcome: 'complete' }, { duration: 900_000, start: 240_000 });
    watch.alerts.evaluate();
    expect(watch.states('command-start')).toEqual(['firing']);
    for (let time = 0; time < 3; time += 1) {
      watch.clock.pass(60 * second);
      watch.push(commandKind, { command: 'ask', outcome: 'complete' }, { duration: 900_000, start: 40_000 });
      watch.alerts.evaluate();
    }
    expect(watch.states('command-start')).toEqual(['firing', 'recovering', 'ok']);
  });

  it('requests that fail are told of, those that clients left are not', () => {
    const watch = watching(only({ 'error-rate': true }));
    const requests = (failed: number, seconds: number, outcome = 'failed'): void => {
      for (let time = 0; time < seconds; time += 1) {
        watch.push(requestKind, { outcome: 'complete' }, {}, 10 - failed);
        watch.push(requestKind, { outcome }, {}, failed);
        watch.clock.pass(second);
      }
    };
    requests(9, 30, 'left');
    expect(watch.states('error-rate')).toEqual([]);
    requests(2, 60);
    expect(watch.states('error-rate')).toEqual(['pending', 'firing']);
    requests(0, 400);
    expect(watch.states('error-rate')).toEqual(['pending', 'firing', 'recovering', 'ok']);
  });

  it('a provider is down where nothing of it is well, whatever it refuses besides', () => {
    const watch = watching(only({ 'provider-down': true }));
    const calls = (health: string, outcome: string, seconds: number): void => {
      for (let time = 0; time < seconds; time += 1) {
        watch.push(attemptKind, { provider: 'openai', outcome, health });
        watch.clock.pass(second);
      }
    };
    calls('', 'failed', 60);
    expect(watch.states('provider-down')).toEqual([]);
    calls('ill', 'failed', 20);
    expect(watch.states('provider-down')).toEqual(['firing']);
    calls('', 'failed', 20);
    expect(watch.states('provider-down')).toEqual(['firing']);
    calls('well', 'complete', 60);
    expect(watch.states('provider-down')).toEqual(['firing', 'recovering', 'ok']);
  });
});
