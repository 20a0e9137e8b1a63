import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Lets a script write to a file until it has told of so many lines, and kills it. Resolves to how many it said were safe. */
export const killed = async (script: URL, path: string, name: string, afterLines: number): Promise<number> => {
  const child = spawn(process.execPath, [fileURLToPath(script), path, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > afterLines) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return Number(told.trimEnd().split('\n').at(-1));
};
