import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TextRequest } from '@hotpath/runtime';

/** What a program reads on its standard input: a single question as it is, a conversation with names before the turns. */
export const questionOf = ({ system, messages }: Pick<TextRequest, 'system' | 'messages'>): string => {
  const [first] = messages;
  const turns =
    messages.length === 1 && first !== undefined
      ? first.text
      : messages.map(({ role, text }) => `${role === 'user' ? 'User' : 'Assistant'}: ${text}`).join('\n\n');
  return system === '' ? turns : `${system}\n\n${turns}`;
};

/** With a status, Hotpath knows whether to try again and what to tell the client. */
const failure = (status: number, message: string): Error => Object.assign(new Error(message), { status });

const longestComplaint = 500;

// #region answer
/** Yields what the program writes to standard output, as it comes. The program ends with the signal. */
export async function* askProgram(
  [program = '', ...args]: readonly string[],
  request: TextRequest,
): AsyncGenerator<string> {
  const child = spawn(program, args, { signal: request.signal });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  // Whatever goes wrong is told below, once there is nothing more to read.
  ended.catch(() => {});
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-longestComplaint);
  });
  // A program that reads nothing has closed its input.
  child.stdin.on('error', () => {}).end(questionOf(request));

  // Nothing is read while the client does not read: the program waits as well.
  for await (const text of child.stdout.setEncoding('utf8')) yield text;

  const [code] = await ended.catch((error) => {
    throw failure(503, `"${program}" cannot be run (${error.message}).`);
  });
  if (code !== 0) throw failure(502, `"${program}" ended with ${code}: ${complaint.trim() || 'it said nothing.'}`);
}
// #endregion answer
