import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type Outcome, outcomeOf, type Repository } from './support/repository.ts';

let repository: Repository;
let lockFile: string;
const holders: ChildProcessWithoutNullStreams[] = [];

beforeEach(() => {
  repository = createRepository();
  lockFile = join(repository.root, '.cache', 'set-up.lock');
});

afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
  repository.remove();
});

interface Holder {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
  /** Resolves when it has the lock. */
  readonly holds: Promise<unknown>;
  /** Resolves when it says that it waits, to its words. */
  readonly waits: Promise<string>;
  letGo(): void;
}

/** A process that takes the lock and keeps it until it is told to let go. */
const startHolder = (): Holder => {
  const child = repository.start(
    '--input-type=module',
    '--eval',
    `import { once } from 'node:events';
     import { appendFileSync } from 'node:fs';
     import { withLock } from './scripts/lock.mjs';
     await withLock(async () => {
       appendFileSync('turns.txt', process.pid + ' in,');
       console.log('held');
       await once(process.stdin, 'data');
       appendFileSync('turns.txt', process.pid + ' out,');
     });
     process.exit();`,
  );
  holders.push(child);
  return {
    child,
    outcome: outcomeOf(child),
    holds: once(child.stdout, 'data'),
    waits: once(child.stderr, 'data').then(([text]) => String(text)),
    letGo: () => child.stdin.write('go\n'),
  };
};

const writeLock = (holder: object, ageMs: number): void => {
  mkdirSync(join(lockFile, '..'), { recursive: true });
  writeFileSync(lockFile, JSON.stringify(holder));
  const touched = new Date(Date.now() - ageMs);
  utimesSync(lockFile, touched, touched);
};

const withoutWaiting = { code: 0, stdout: 'held\n', stderr: '' };

describe('the lock of a set-up', () => {
  it('has one holder at a time; the other says for whom it waits', async () => {
    const first = startHolder();
    await first.holds;
    const second = startHolder();
    expect(await second.waits).toBe(`hotpath: waiting for the set-up that process ${first.child.pid} runs here\n`);
    first.letGo();
    expect(await first.outcome).toEqual(withoutWaiting);
    await second.holds;
    second.letGo();
    expect(await second.outcome).toMatchObject({ code: 0, stdout: 'held\n' });
    const [one, two] = [first.child.pid, second.child.pid];
    expect(readFileSync(join(repository.root, 'turns.txt'), 'utf8')).toBe(`${one} in,${one} out,${two} in,${two} out,`);
    expect(existsSync(lockFile)).toBe(false);
  });

  it('is taken over at once from a process that died', async () => {
    const first = startHolder();
    await first.holds;
    first.child.kill('SIGKILL');
    await first.outcome;
    expect(existsSync(lockFile)).toBe(true);
    const second = startHolder();
    await second.holds;
    second.letGo();
    expect(await second.outcome).toEqual(withoutWaiting);
  });

  it('is taken over from another host, or another process of the same number, that no longer touches it', async () => {
    for (const holder of [
      { pid: process.pid, host: 'elsewhere' },
      { pid: process.pid, host: hostname() },
    ]) {
      writeLock(holder, 60_000);
      const next = startHolder();
      await next.holds;
      next.letGo();
      expect(await next.outcome).toEqual(withoutWaiting);
    }
  });

  it('is respected while another host touches it', async () => {
    writeLock({ pid: 1, host: 'elsewhere' }, 0);
    const next = startHolder();
    expect(await next.waits).toContain('process 1 runs here');
    expect(next.child.exitCode).toBeNull();
  });

  it('is released when the work fails, and the failure is passed on', async () => {
    const { code, stderr } = await repository.run(
      '--input-type=module',
      '--eval',
      `import { withLock } from './scripts/lock.mjs';
       await withLock(async () => { throw new Error('no luck'); });`,
    );
    expect({ code, isPassedOn: stderr.includes('no luck') }).toEqual({ code: 1, isPassedOn: true });
    expect(existsSync(lockFile)).toBe(false);
  });
});
