import type { Readable, Writable } from 'node:stream';
import { CliError } from './errors.ts';
import { oneLine } from './plain-text.ts';

/** Asks one question after another, a line each; an empty answer takes the default. */
export interface Asker {
  text(question: string, preset: string): Promise<string>;
  yes(question: string, preset: boolean): Promise<boolean>;
  /** One of the choices, by its number or its name; asks again for anything else, unless `open` takes it as it is. */
  choose(question: string, choices: readonly string[], preset: string, open?: boolean): Promise<string>;
  close(): void;
}

export interface AskerOptions {
  /** Aborts the question that waits for an answer. */
  readonly signal: AbortSignal;
  readonly input?: Readable;
  readonly output?: Writable;
}

const leftWithoutAnswer = (): CliError =>
  new CliError(
    'CLI_CONFIRMATION_MISSING',
    'the input ended before every question was answered. Nothing was changed.',
    2,
  );

/** Questions go to standard error. Rejects with the signal's reason, and with `CLI_CONFIRMATION_MISSING` at the end of the input. */
export const createAsker = async (options: AskerOptions): Promise<Asker> => {
  const { signal, input = process.stdin, output = process.stderr } = options;
  const { createInterface } = await import('node:readline');
  // Not as a terminal: its line editor would take Ctrl-C for itself.
  const reader = createInterface({ input, terminal: false });
  const lines: string[] = [];
  let isEnded = false;
  let wake = (): void => {};
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    isEnded = true;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });

  const text = async (question: string, preset: string): Promise<string> => {
    output.write(`${question}${preset === '' ? '' : ` [${preset}]`} `);
    while (lines.length === 0 && !isEnded && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    signal.throwIfAborted();
    const line = lines.shift();
    if (line === undefined) throw leftWithoutAnswer();
    return line.trim() === '' ? preset : line.trim();
  };

  return {
    text,
    async yes(question, preset) {
      for (;;) {
        const answer = await text(`${question} (y/n)`, preset ? 'y' : 'n');
        if (/^y(es)?$/i.test(answer)) return true;
        if (/^no?$/i.test(answer)) return false;
      }
    },
    async choose(question, choices, preset, open = false) {
      for (const [index, choice] of choices.entries())
        output.write(`  ${String(index + 1).padStart(2)}  ${oneLine(choice)}\n`);
      for (;;) {
        const answer = await text(question, preset);
        const choice = choices[Number(answer) - 1] ?? choices.find((each) => each === answer);
        if (choice !== undefined) return choice;
        if (answer === preset || (open && Number.isNaN(Number(answer)))) return answer;
        output.write(`Answer with a number from 1 to ${choices.length}${open ? ', or a name' : ''}.\n`);
      }
    },
    close: () => reader.close(),
  };
};
