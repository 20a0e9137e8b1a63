import { progressOutput } from './terminal.ts';

/** Tells on standard error how far long work has come. */
export interface Progress {
  /** Call it as often as convenient: it writes at most a few times a second. */
  report(text: string): void;
  /** Removes what was shown. */
  end(): void;
}

const patienceMs = 1_000;
const terminalPauseMs = 200;
const filePauseMs = 5_000;

/** Says nothing in the first second. On a terminal one line is written over and over, elsewhere a line now and then. */
export const showProgress = (
  output: { readonly isTTY?: boolean; write(text: string): unknown } = progressOutput(),
  elapsed: () => number = () => performance.now(),
): Progress => {
  const isTerminal = output.isTTY === true;
  let nextAt = elapsed() + patienceMs;
  let isShown = false;
  return {
    report: (text) => {
      const at = elapsed();
      if (at < nextAt) return;
      nextAt = at + (isTerminal ? terminalPauseMs : filePauseMs);
      isShown = true;
      output.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end: () => {
      if (isShown && isTerminal) output.write('\r\u001b[K');
      isShown = false;
    },
  };
};
