import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLocks } from '../../src/lock.ts';
import { tempFolder } from '../support/temp-folder.ts';

const child = fileURLToPath(new URL('./support/locking-child.ts', import.meta.url));

const start = (...args: readonly string[]): ChildProcess => {
  const started = spawn(process.execPath, ['--no-warnings', child, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void started.kill('SIGKILL'));
  return started;
};

const takeTurns = async (started: ChildProcess): Promise<{ code: number | null; text: string }> => {
  let text = '';
  started.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(started, 'close');
  return { code, text };
};

const killAfter = (started: ChildProcess, turns: number): void => {
  let seen = 0;
  started.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk.split('\n').length - 1;
    if (seen >= turns) started.kill('SIGKILL');
  });
};

const newPlaces = (): { locks: string; root: string } => {
  const folder = tempFolder();
  const root = join(folder, 'root');
  mkdirSync(join(root, 'inner'), { recursive: true });
  return { locks: join(folder, 'locks'), root };
};

describe('locks of several processes', () => {
  it('let one in at a time, and all of them in the end', { timeout: 60_000 }, async () => {
    const { locks, root } = newPlaces();
    const names = Array.from({ length: 8 }, (_, number) => `run ${number}`);
    const ends = await Promise.all(names.map((name) => takeTurns(start(locks, root, name, '5'))));
    expect(ends).toEqual(names.map((name) => ({ code: 0, text: `${name}\n`.repeat(5) })));
  });

  it('go on where some are killed, whatever they were at', { timeout: 60_000 }, async () => {
    const { locks, root } = newPlaces();
    const ends = await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        const isKilled = number % 2 === 0;
        const started = start(locks, root, `run ${number}`, isKilled ? 'Infinity' : '20');
        if (isKilled) killAfter(started, number * 2 + 1);
        return takeTurns(started);
      }),
    );
    const expected = Array.from({ length: 8 }, (_, number) => (number % 2 === 0 ? null : 0));
    expect(ends.map(({ code }) => code)).toEqual(expected);
    (await openLocks({ folder: locks }).acquire(root, 'last'))();
    expect(readdirSync(locks)).toEqual(['gate.lock']);
  });

  it('say who has it, and are free at once when that process is killed', async () => {
    const { locks: folder, root } = newPlaces();
    for (const held of [root, join(root, 'inner')]) {
      const holder = start(folder, held, 'the run');
      await once(holder.stdout as NodeJS.ReadableStream, 'data');
      const locks = openLocks({ folder });
      for (const wanted of [root, join(root, 'inner')])
        await expect(locks.acquire(wanted, 'another run')).rejects.toMatchObject({
          code: 'BATCH_LOCKED',
          run: 'the run',
          path: wanted,
          isRetryable: true,
          message: expect.stringMatching(new RegExp(`The run the run of process ${holder.pid} is changing ${held}`)),
        });
      holder.kill('SIGKILL');
      await once(holder, 'close');
      (await locks.acquire(root, 'another run'))();
    }
  });
});
