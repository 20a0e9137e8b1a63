import type { ReadStream, WriteStream } from 'node:tty';
import { createKeyReader, type Key } from './keys.ts';

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  readonly onResize: (columns: number, rows: number) => void;
  /** The screen is ours again, and nothing of before is on it. */
  readonly onReturn: () => void;
  /** Nobody is there any more. */
  readonly onHangup: () => void;
}

export interface TakenTerminal {
  /** Stops as Ctrl-Z would without us, with the terminal as it was; goes on with `fg`. */
  suspend(): void;
  /** Gives the terminal back as it was. Safe to call twice. */
  restore(): void;
}

// Alternate screen, cursor hidden, no wrapping behind the last column.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
// A frame that was cut short must not hold the output back.
const leave = '\u001b[?2026l\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';

/** How long the rest of a key's sequence may take. */
const sequenceMs = 40;
/** Whoever still runs after that was not stopped. */
const notStoppedMs = 200;

/**
 * Takes the terminal for a full-screen view: the alternate screen without a cursor, keys as they are typed. It is given back on
 * every end of the process that can be noticed: also on `process.exit`, on what nobody caught, and while it is stopped.
 */
export const takeTerminal = (input: ReadStream, output: WriteStream, events: TerminalEvents): TakenTerminal => {
  const keys = createKeyReader();
  let isTaken = false;
  let isOver = false;
  let pause: NodeJS.Timeout | undefined;

  const setRaw = (isRaw: boolean): void => {
    try {
      input.setRawMode(isRaw);
    } catch {
      // The terminal is gone, and its modes with it.
    }
  };
  const take = (): void => {
    isTaken = true;
    setRaw(true);
    output.write(enter);
  };
  const giveBack = (): void => {
    if (!isTaken) return;
    isTaken = false;
    output.write(leave);
    setRaw(false);
  };

  const emit = (read: readonly Key[]): void => {
    for (const key of read) events.onKey(key);
  };
  const onData = (text: string): void => {
    clearTimeout(pause);
    emit(keys.feed(text));
    pause = setTimeout(() => emit(keys.flush()), sequenceMs);
    pause.unref();
  };
  const onResize = (): void => events.onResize(output.columns, output.rows);
  const onStop = (): void => {
    giveBack();
    // A signal that has a listener stops nothing. Sent again without one it does what it always does: where no shell could
    // have us go on, it does nothing.
    process.off('SIGTSTP', onStop);
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(() => {
      if (!isTaken && !isOver) onContinue();
    }, notStoppedMs);
  };
  const onContinue = (): void => {
    process.off('SIGTSTP', onStop).on('SIGTSTP', onStop);
    // Whoever had the terminal meanwhile may have left it in any mode.
    setRaw(false);
    take();
    // The size may have changed unnoticed.
    events.onResize(output.columns, output.rows);
    events.onReturn();
  };
  const onHangup = (): void => {
    isOver = true;
    giveBack();
    events.onHangup();
  };

  // Before the listeners that report the failure: what they say belongs on the ordinary screen.
  process.prependListener('uncaughtException', giveBack);
  process.prependListener('unhandledRejection', giveBack);
  process.on('exit', giveBack);
  process.on('SIGHUP', onHangup);
  if (process.platform !== 'win32') {
    process.on('SIGTSTP', onStop);
    process.on('SIGCONT', onContinue);
  }
  output.on('resize', onResize);
  input.setEncoding('utf8').on('data', onData).on('end', onHangup).on('error', onHangup);
  take();
  input.resume();

  return {
    suspend() {
      if (process.platform === 'win32') return;
      // As the terminal does it: whoever started us in the same job stops, too.
      process.kill(0, 'SIGTSTP');
    },
    restore() {
      isOver = true;
      giveBack();
      clearTimeout(pause);
      input.pause();
      input.off('data', onData).off('end', onHangup).off('error', onHangup);
      output.off('resize', onResize);
      for (const [name, listener] of [
        ['SIGTSTP', onStop],
        ['SIGCONT', onContinue],
        ['SIGHUP', onHangup],
        ['uncaughtException', giveBack],
        ['unhandledRejection', giveBack],
        ['exit', giveBack],
      ] as const) {
        process.off(name, listener);
      }
    },
  };
};
