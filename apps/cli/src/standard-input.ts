import { fstatSync } from 'node:fs';
import { warn } from './terminal.ts';

/** Whether somebody piped or redirected something here. A terminal and /dev/null are not that. */
export const isPiped = (): boolean => {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
};

const patienceMs = 3000;

/** Reads what was piped in, to its end. Empty where nothing was, and when `signal` aborts. */
export const readStandardInput = async (signal: AbortSignal): Promise<string> =>
  isPiped() ? (await readStandardInputBytes(signal)).toString('utf8') : '';

/** Reads standard input to its end, whatever it is. */
export const readStandardInputBytes = async (signal: AbortSignal): Promise<Buffer> => {
  // Programs that start us often leave an open pipe behind; nothing says whether something is still to come.
  const hint = setTimeout(() => {
    warn('waiting for standard input to end. Add "< /dev/null" where there is nothing to read.');
  }, patienceMs);
  const chunks: Buffer[] = [];
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of process.stdin) {
      clearTimeout(hint);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(hint);
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks);
};
