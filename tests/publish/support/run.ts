import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

export const bin = (name: string): string => join(root, 'node_modules/.bin', name);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of somebody's shell: without what vitest, npm and the repository put there. */
const cleanEnvironment = (): NodeJS.ProcessEnv => {
  const ours = /^(?:npm_|VITEST|NODE_OPTIONS$|NODE_PATH$|TEST$|HOTPATH_)/i;
  const kept = Object.entries(process.env).filter(
    ([name]) => !ours.test(name) || /^npm_config_(?:cache|registry)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`, NO_COLOR: '1' };
};

/** Runs a command to its end. */
export const run = (command: string, args: readonly string[], cwd: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

/** Runs a command that has to succeed. Resolves to what it wrote to standard output. */
export const mustRun = async (command: string, args: readonly string[], cwd: string): Promise<string> => {
  const { code, stdout, stderr } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}\n${stdout}\n${stderr}`);
  return stdout;
};
