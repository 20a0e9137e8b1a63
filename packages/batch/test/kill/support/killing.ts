import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { realTree } from '../../files/support/real-tree.ts';
import { randomFrom } from '../../files/support/simulated-tree.ts';

const script = fileURLToPath(new URL('../child.ts', import.meta.url));

/** Most of what a child takes is to read its modules. */
const compiled = mkdtempSync(join(tmpdir(), 'hotpath-compiled-'));
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

/** In a process group of its own, so that its commands die with it, and with its temporary files in its own folder. */
const start = (what: string, folder: string, seed: string): ChildProcess =>
  spawn(process.execPath, [script, what, folder, seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, TMPDIR: folder },
  });

const killAll = ({ pid }: ChildProcess): void => {
  try {
    process.kill(-Number(pid), 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

const newTree = (root: string): void => {
  mkdirSync(join(root, 'src'), { recursive: true });
  for (let at = 0; at < 6; at += 1) writeFileSync(join(root, `src/${at}.txt`), `before ${at}\n`);
  writeFileSync(join(root, 'package.json'), '{\n  "name": "x", // kept\n  "version": "0.0.1"\n}\n');
  writeFileSync(join(root, 'other.json'), '{"gone": 1, "list": [1, 2]}');
  for (const name of ['old', 'moved', 'tool.sh', 'foreign']) writeFileSync(join(root, name), name);
  chmodSync(join(root, 'tool.sh'), 0o644);
  symlinkSync('foreign', join(root, 'pointer'));
};

/** Without what no two runs have alike. */
const plain = (tree: Readonly<Record<string, object>>): object =>
  Object.fromEntries(
    Object.entries(tree).map(([path, node]) => [path, { ...node, ino: undefined, mtimeNs: undefined }]),
  );

const talk = async (child: ChildProcess): Promise<Record<string, unknown>> => {
  let printed = '';
  for await (const chunk of child.stdout ?? []) printed += chunk;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return JSON.parse(printed.trim().split('\n').at(-1) ?? 'null') as Record<string, unknown>;
};

const inFolder = async <Value>(work: (folder: string, root: string) => Promise<Value>): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-kill-'));
  const root = join(folder, 'root');
  try {
    newTree(root);
    return await work(folder, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export interface Whole {
  readonly tree: object;
  readonly resultHash: unknown;
  readonly tookMs: number;
}

/** What becomes of a run that nobody kills. */
export const runWhole = (seed: number): Promise<Whole> =>
  inFolder(async (folder, root) => {
    const child = start('run', folder, String(seed));
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    const from = performance.now();
    const { state, resultHash, error } = await talk(child);
    if (state !== 'committed') throw new Error(`The run is ${state}: ${error}`);
    return { tree: plain(realTree(root)), resultHash, tookMs: performance.now() - from };
  });

/** Kills a run with all its commands at some time, lets another process put in order what is left; says what is wrong then. */
export const killOne = (
  seed: number,
  chance: number,
  whole: Whole,
): Promise<{ readonly faults: readonly string[]; readonly end: string }> =>
  inFolder(async (folder, root) => {
    const random = randomFrom(chance);
    const before = realTree(root);
    const child = start('run', folder, String(seed));
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    child.stdout?.resume();
    await wait(random() * whole.tookMs * 1.1);
    killAll(child);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const told = await talk(start(random() < 0.5 ? 'resume' : 'recover', folder, String(seed)));
    const { state, resultHash, conflicts, isResumed } = told;
    const found = realTree(root);
    const differs = (one: object, other: object): boolean =>
      JSON.stringify(one, written) !== JSON.stringify(other, written);
    const faults: string[] = [];
    const fault = (text: string): void => void faults.push(`${text}: ${JSON.stringify(told)}`);
    if (JSON.stringify(conflicts) !== '[]') fault('conflicts');
    if (isResumed && state !== 'committed') fault('resumed and not committed');
    if (state === 'committed') {
      if (differs(plain(found), whole.tree)) fault('committed, and the tree is another');
      if (resultHash !== whole.resultHash) fault('another result');
    } else if (state === 'kept') {
      if (faults.length === 0 && Array.isArray(told.done) && told.done.length > 0) {
        const again = await talk(start('resume', folder, String(seed)));
        if (again.state !== 'committed' || differs(plain(realTree(root)), whole.tree))
          fault(`kept, and not to be gone on with (${JSON.stringify(again)})`);
      }
    } else if (state === 'nothing' || state === 'undone' || state === 'failed') {
      if (differs(found, before)) fault(`${state}, and the tree is another`);
      if (existsSync(join(root, '.hotpath'))) fault('something is left');
    } else fault('it is not put in order');
    return { faults, end: isResumed ? 'resumed' : String(state) };
  });

const written = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
