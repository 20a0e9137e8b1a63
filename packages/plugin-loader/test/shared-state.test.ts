import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withFileLock } from '../src/file-lock.ts';
import type { TroubleRecord } from '../src/index.ts';
import { until } from './support/clock.ts';
import { pluginFolder } from './support/plugins.ts';

const script = fileURLToPath(new URL('./children/note-failures.ts', import.meta.url));
const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

const world = () => {
  const { path, add, file } = pluginFolder();
  for (const name of ['shared', ...names]) add(`plugins/${name}`);
  mkdirSync(join(path, 'state'));
  const stateFile = join(path, 'state', 'plugins.json');
  const start = (own: string, times: number, ending = '') => {
    const child = spawn(process.execPath, [script, path, own, String(times), ending], { stdio: 'inherit' });
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    return { child, ended };
  };
  /** Lets all begin at once, when each of them has read the file. */
  const go = async (count: number): Promise<void> => {
    await until(() => readdirSync(path).filter((name) => name.startsWith('ready-')).length === count, 20_000);
    file('go', '');
  };
  const failures = (): Readonly<Record<string, number>> => {
    const { plugins } = JSON.parse(readFileSync(stateFile, 'utf8')) as { plugins: Record<string, TroubleRecord> };
    return Object.fromEntries(Object.entries(plugins).map(([name, record]) => [name, record.failures]));
  };
  return { path, stateFile, start, go, failures, file };
};

const ownCounts = (of: readonly string[], times: number) => Object.fromEntries(of.map((name) => [name, times]));

describe('processes that note failures at the same time', () => {
  it('lose none, of one plugin or of several', async () => {
    const { path, start, go, failures } = world();
    const started = names.map((name) => start(name, 20));
    await go(names.length);
    for (const { ended } of started) expect(await ended).toEqual([0, null]);
    expect(failures()).toEqual({ shared: 160, ...ownCounts(names, 20) });
    expect(readdirSync(join(path, 'state'))).toEqual(['plugins.json']);
  });

  it('go on where one of them is killed, wherever it was', async () => {
    const { start, go, failures } = world();
    const [first = '', ...others] = names;
    const killed = start(first, 10_000);
    const started = others.map((name) => start(name, 20));
    await go(names.length);
    await until(() => {
      try {
        return (failures()[first] ?? 0) > 2;
      } catch {
        return false;
      }
    });
    killed.child.kill('SIGKILL');
    for (const { ended } of started) expect(await ended).toEqual([0, null]);
    expect(await killed.ended).toEqual([null, 'SIGKILL']);
    const { shared = 0, [first]: own = 0, ...rest } = failures();
    expect(rest).toEqual(ownCounts(others, 20));
    // It may have been between the two.
    expect([0, 1]).toContain(shared - 140 - own);
  });

  it('go on where one of them was killed as it held the lock', async () => {
    const { path, stateFile, start, go, failures } = world();
    const [first = '', ...others] = names;
    const killed = start(first, 0, 'dies');
    const started = others.map((name) => start(name, 5));
    await go(names.length);
    expect(await killed.ended).toEqual([null, 'SIGKILL']);
    for (const { ended } of started) expect(await ended).toEqual([0, null]);
    expect(failures()).toEqual({ shared: 35, ...ownCounts(others, 5) });
    expect(existsSync(`${stateFile}.lock`)).toBe(false);
    expect(readdirSync(join(path, 'state')).filter((name) => name.includes('.gone'))).toEqual([]);
  });
});

describe('a lock', () => {
  const noProcess = 2 ** 22 + 1;

  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['at once from a process that is gone', 0, [`${noProcess} 0.1`]],
    ['at once from one that is gone, as is who was about to end it', 0, [`${noProcess} 0.1`, `${noProcess} 0.2`]],
    ['from one that is stopped, or another one of its number, after a while', 2, [`${process.ppid} 0.1`]],
    ['from one that was gone before it said which it is, after a while', 2, ['']],
  ])('is taken %s', (_when, waits, [held = '', ending]) => {
    const { path } = world();
    const lock = join(path, 'lock');
    writeFileSync(lock, held);
    if (ending !== undefined) writeFileSync(`${lock}.gone`, ending);
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      time += 1_500;
      return 'timed-out';
    });
    expect(withFileLock(lock, () => readFileSync(lock, 'utf8'))).toMatch(new RegExp(`^${process.pid} `));
    expect(wait).toHaveBeenCalledTimes(waits);
    expect([lock, `${lock}.gone`].some((file) => existsSync(file))).toBe(false);
  });

  it('is let go where what was done under it throws, and left to whoever took it over', () => {
    const { path } = world();
    const lock = join(path, 'lock');
    const failing = (): never => {
      throw new Error('no');
    };
    expect(() => withFileLock(lock, failing)).toThrow('no');
    expect(existsSync(lock)).toBe(false);
    withFileLock(lock, () => writeFileSync(lock, 'another'));
    expect(readFileSync(lock, 'utf8')).toBe('another');
  });

  it('that cannot be made is an error', () => {
    const { path } = world();
    expect(() => withFileLock(join(path, 'missing', 'lock'), () => {})).toThrow(/ENOENT/);
  });
});
