import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../../scripts/', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A small repository of its own around a copy of `scripts/`, which takes the folder above it for its root. */
export interface Repository {
  readonly root: string;
  write(path: string, content: string | object): void;
  /** Starts Node in the root with these arguments. */
  start(...args: readonly string[]): ChildProcessWithoutNullStreams;
  run(...args: readonly string[]): Promise<Outcome>;
  /** Runs the text of a module and resolves to what it puts out as JSON. */
  evaluate(module: string): Promise<unknown>;
  remove(): void;
}

/** Resolves when the process has ended, with all that it wrote. */
export const outcomeOf = (child: ChildProcessWithoutNullStreams): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        written[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...written }));
  });

export const createRepository = (): Repository => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'hotpath-scripts-')));
  cpSync(scripts, join(root, 'scripts'), { recursive: true });
  const start: Repository['start'] = (...args) => spawn(process.execPath, args, { cwd: root });
  const run: Repository['run'] = (...args) => outcomeOf(start(...args));
  return {
    root,
    write(path, content) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    },
    start,
    run,
    async evaluate(module) {
      const { code, stdout, stderr } = await run('--input-type=module', '--eval', module);
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};
