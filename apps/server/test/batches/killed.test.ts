import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BatchRecord } from '../../src/batches/records.ts';
import { fakeRouter, line, linesOf, makeFolder, open, owner, sqliteMissing, submit, until } from './support.ts';

// Each test starts processes, and a busy machine may take its time over each.
vi.setConfig({ testTimeout: 120_000 });

const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const script = fileURLToPath(new URL('./children/gateway.ts', import.meta.url));

/** Begins to work on what is in a folder. */
const start = async (folder: string, calls: string) => {
  const child = spawn(process.execPath, [script, folder, calls]);
  child.stderr.pipe(process.stderr);
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return {
    async status(id: string): Promise<BatchRecord> {
      child.stdin.write(`${id}\n`);
      return JSON.parse(await next());
    },
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
};

describe.skipIf(sqliteMissing)('a gateway that is killed', () => {
  it('in the middle of a batch, again and again, loses no line and answers none twice', async () => {
    const folder = makeFolder();
    const calls = join(makeFolder(), 'calls');
    const ids = Array.from({ length: 200 }, (_, at) => `line-${at}`);
    // Nobody works on it here: the first of the children does.
    // By the clock of the children, which is the machine's.
    const now = () => Date.now();
    const idle = open({ router: fakeRouter(() => {}), folder, now });
    const { id } = await submit(
      idle,
      ids.map((each) => line(each)),
    );
    await idle.close(AbortSignal.abort());
    let counted = 0;
    let kills = 0;
    for (;;) {
      const gateway = await start(folder, calls);
      let batch = await gateway.status(id);
      // What once counted still does.
      expect(batch.counts.succeeded).toBeGreaterThanOrEqual(counted);
      const before = answered(calls);
      // A different number each time, so that it is killed at every kind of work.
      const after = before + 10 + ((kills * 7) % 31);
      while (batch.endedAt === null && answered(calls) < after) batch = await gateway.status(id);
      counted = batch.counts.succeeded;
      await gateway.kill();
      if (batch.endedAt !== null) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(4);
    const after = open({ router: fakeRouter(), folder, now });
    const batch = after.batch(owner, 'openai', id);
    expect(batch).toMatchObject({
      status: 'completed',
      counts: { succeeded: 200, errored: 0, cancelled: 0, expired: 0 },
      usage: { input: 200, output: 200 },
      errorFileId: null,
    });
    const results = await linesOf(after, batch.outputFileId);
    expect(results.map(({ custom_id: customId, response }) => [customId, response.body.said])).toEqual(
      ids.map((each) => [each, each]),
    );
    // Asked again was only what was on its way, or had just come, when it was killed.
    expect(answered(calls)).toBeLessThanOrEqual(200 + kills * 40);
    await until(() => readdirSync(join(folder, 'work')).length === 0);
  });
});

const answered = (calls: string): number => {
  try {
    return readFileSync(calls, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};
