import type { Readable, Writable } from 'node:stream';
import { confirmationMissing } from './errors.ts';

export interface ConfirmOptions {
  /** What is about to be done, as a sentence begins: `clearing the cache`. */
  readonly what: string;
  readonly question: string;
  /** The command to repeat with `--yes`. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly input?: Readable & { readonly isTTY?: boolean };
  readonly output?: Writable;
}

/** Asks at a terminal; only "y" and "yes" are a yes. Where nobody can be asked, throws a usage error that names `--yes`. */
export const confirm = async (options: ConfirmOptions): Promise<boolean> => {
  const { what, question, command, signal, input = process.stdin, output = process.stderr } = options;
  if (input.isTTY !== true) throw confirmationMissing(what, command);
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input, output, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    const answer = await Promise.race([reader.question(`${question} [y/N] `, { signal }), ended]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    reader.close();
  }
};
