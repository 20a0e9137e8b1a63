import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** Writes a CPU profile of this name to `bench/.cache/profiles`. */
  readonly profile?: string | undefined;
  /** @default 120000 */
  readonly timeoutMs?: number;
}

const profileFlags = (name: string): string[] => {
  const folder = fileURLToPath(new URL('../.cache/profiles', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name.replaceAll(' ', '-')}.cpuprofile`];
};

/**
 * Measures in a process of its own: runs `script` with `job` as JSON in its first argument and returns the JSON that it
 * prints (see `answerParent`). Throws with the end of what it said when it fails.
 */
export const measureInChild = <Result>(script: URL, job: object, options: ChildOptions = {}): Result => {
  const { profile, timeoutMs = 120_000 } = options;
  const flags = ['--expose-gc', ...(profile === undefined ? [] : profileFlags(profile))];
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    [...flags, fileURLToPath(script), JSON.stringify(job)],
    { encoding: 'utf8', timeout: timeoutMs, maxBuffer: 2 ** 28 },
  );
  if (error !== undefined || status !== 0) {
    const what = error?.message ?? `ended with ${status ?? signal}`;
    throw new Error(`${JSON.stringify(job)}: ${what}\n${stderr.slice(-2000)}`);
  }
  return JSON.parse(stdout) as Result;
};

/** In the child: measures what the parent asked for, prints the result and ends, whatever timers are left. */
export const answerParent = async <Job>(measure: (job: Job) => Promise<object>): Promise<never> => {
  const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Job);
  // A pipe to a parent that waits for the end is written at once.
  process.stdout.write(JSON.stringify(result));
  process.exit(0);
};

/** Collects all garbage there is: what one collection frees may let the next free more. */
export const collectGarbage = async (): Promise<void> => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Run with --expose-gc.');
  for (let pass = 0; pass < 4; pass += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
};
