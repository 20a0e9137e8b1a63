import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

/** Starts scripts of test/children; those that still run at the end of a test are killed. `nodeArgs` are for Node itself. */
export const childStarter = (
  nodeArgs: readonly string[] = [],
): ((script: string, ...args: string[]) => ChildProcess) => {
  const started = new Set<ChildProcess>();
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
  });
  return (script, ...args) => {
    const path = fileURLToPath(new URL(`../children/${script}`, import.meta.url));
    const child = spawn(process.execPath, [...nodeArgs, path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => {});
    started.add(child);
    child.once('exit', () => started.delete(child));
    return child;
  };
};

export const textOf = async (stream: NodeJS.ReadableStream | null): Promise<string> => {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
};
