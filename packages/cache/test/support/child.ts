import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a script of `test/children`, until the test file ends at the latest. */
export const startChild = (
  script: string,
  args: readonly string[],
  as: { readonly uid?: number; readonly gid?: number } = {},
): ChildProcess => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../children/${script}`, import.meta.url)), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...as,
  });
  running.add(child);
  return child.once('exit', () => running.delete(child));
};

export const textOf = async (stream: NodeJS.ReadableStream | null): Promise<string> => {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
};

/** The first line that a child writes to stdout. */
export const firstLine = async (child: ChildProcess): Promise<string> => {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
};
