import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../../tests/upstream/index.ts';
import { withoutSqlite } from './support/rig.ts';

const asker = fileURLToPath(new URL('support/asker.ts', import.meta.url));
const kinds = [
  { kind: 'openai', shared: 'yes' },
  { kind: 'anthropic', shared: 'no' },
] as const;

/** Processes that ask for the same two answers, one after the other or at once. */
async function askers(provider: string, settings: Record<string, string> = {}) {
  const upstream = await startUpstream({ batchPolls: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'economy-'));
  const started: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of started) child.kill('SIGKILL');
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const answers = join(folder, 'answers.txt');
  const env = {
    ...process.env,
    // Compiling the sources anew was most of what each of them does.
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    UPSTREAM: upstream.url,
    JOURNAL: join(folder, 'economy.sqlite'),
    PROVIDER: provider,
    ...settings,
  };
  return {
    upstream,
    start: (dieAt = 0, file = answers): ChildProcess => {
      const more = { ANSWERS: file, DIE_AT: String(dieAt) };
      const child = spawn(process.execPath, [asker], { env: { ...env, ...more }, stdio: 'inherit' });
      started.push(child);
      return child;
    },
    answers: (file = answers): readonly string[] => readFileSync(file, 'utf8').trim().split('\n').sort(),
    folder,
  };
}

const ended = async (child: ChildProcess): Promise<'killed' | 'done'> => {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === 'SIGKILL') return 'killed';
  expect(code).toBe(0);
  return 'done';
};

/** What each batch that the provider accepted asks for. */
const asked = ({ batches }: Upstream): readonly string[] =>
  batches
    .flatMap(({ bodies }) => bodies.map(({ messages }) => (messages as { content: string }[])[0]?.content ?? ''))
    .sort();

describe.skipIf(withoutSqlite).each(kinds)(
  'a process that is killed while it has $kind answer in a batch',
  ({ kind, shared }) => {
    // An answer that anybody may have, and answers that are for one asker each.
    it(`submits nothing twice and loses nothing, at whichever step (shared: ${shared})`, async () => {
      const dieAt = async (step: number): Promise<'killed' | 'done'> => {
        const { upstream, start, answers } = await askers(kind, { SHARED: shared });
        const outcome = await ended(start(step));
        if (outcome === 'killed') expect(await ended(start())).toBe('done');
        expect.soft({ step, asked: asked(upstream) }).toEqual({ step, asked: ['one', 'two'] });
        const told = answers().map((line) => line.split(' ')[0]);
        expect.soft({ step, told }).toEqual({ step, told: ['one', 'two'] });
        expect.soft(answers().join()).not.toContain('gave up');
        await upstream.close();
        return outcome;
      };
      const atOnce = 4;
      let first = 1;
      for (let outcomes: string[] = []; !outcomes.includes('done'); first += atOnce) {
        outcomes = await Promise.all(Array.from({ length: atOnce }, (_, index) => dieAt(first + index)));
      }
      expect(first).toBeGreaterThan(12);
    }, 120_000);

    it('submits nothing twice, whichever call of it was under way', async () => {
      for (let count = 1; count <= 5; count += 1) {
        const { upstream, start, answers } = await askers(kind);
        const first = start();
        const exit = ended(first);
        await Promise.race([exit, upstream.waitFor(({ requests }) => requests.length >= count, { timeoutMs: 20_000 })]);
        first.kill('SIGKILL');
        if ((await exit) === 'killed') expect(await ended(start())).toBe('done');
        expect.soft({ count, asked: asked(upstream) }).toEqual({ count, asked: ['one', 'two'] });
        expect.soft(answers().join()).not.toContain('gave up');
        await upstream.close();
      }
    }, 60_000);

    it.each(['accept-server-error', 'accept-reset', 'server-error', 'reset'] as const)(
      'submits once where the provider answers with %s',
      async (fault) => {
        const { upstream, start, answers } = await askers(kind);
        upstream.injectBatch(fault);
        expect(await ended(start())).toBe('done');
        expect(asked(upstream)).toEqual(['one', 'two']);
        expect(answers()).toEqual(['one answered', 'two answered']);
      },
      30_000,
    );

    it('waits until the provider lists what it has', async () => {
      const { upstream, start, answers } = await askers(kind);
      upstream.set({ batchListLag: 1 });
      upstream.injectBatch('accept-reset');
      expect(await ended(start())).toBe('done');
      expect(asked(upstream)).toEqual(['one', 'two']);
      expect(answers()).toEqual(['one answered', 'two answered']);
    }, 30_000);

    it('shares its jobs with another that asks the same meanwhile', async () => {
      const { upstream, start, answers, folder } = await askers(kind);
      upstream.set({ batchPolls: 20 });
      const other = join(folder, 'others.txt');
      const both = [start(), start(0, other)].map(ended);
      expect(await Promise.all(both)).toEqual(['done', 'done']);
      expect(asked(upstream)).toEqual(['one', 'two']);
      for (const file of [undefined, other]) expect(answers(file).join()).not.toContain('gave up');
    }, 60_000);
  },
);
