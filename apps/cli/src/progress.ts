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
const usualFilePauseMs = 5_000;

/**
 * Says nothing in the first second. On a terminal one line is written over and over, elsewhere a line every `filePauseMs`
 * (default 5,000).
 */
export const showProgress = (
  output: { readonly isTTY?: boolean; write(text: string): unknown } = progressOutput(),
  elapsed: () => number = () => performance.now(),
  filePauseMs = usualFilePauseMs,
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
      // Written over before the rest is removed: a line that was removed first would flicker.
      output.write(isTerminal ? `\r${text}\u001b[K` : `${text}\n`);
    },
    end: () => {
      if (isShown && isTerminal) output.write('\r\u001b[K');
      isShown = false;
    },
  };
};
