/** Lines on a terminal that are drawn again in place. */
export interface LiveLines {
  /** Shows these in the place of those before, in one write and without a moment in which there are none. */
  show(lines: readonly string[]): void;
  /** Takes them away, so that something else can be written. */
  clear(): void;
  /** Leaves them where they are. */
  end(): void;
}

// DEC private mode 2026: what is between the marks appears at once. Terminals that do not know it pass over them.
const begin = '\u001b[?2026h';
const finish = '\u001b[?2026l';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** No line may be as wide as the screen: one that is broken would be two to the terminal, and one to us. */
export const createLiveLines = (output: { write(text: string): unknown }): LiveLines => {
  let shown: readonly string[] = [];
  let isHidden = false;
  const back = (): string => (shown.length === 0 ? '\r' : `\r\u001b[${shown.length}A`);
  const giveBack = (): void => {
    if (isHidden) output.write(showCursor);
    isHidden = false;
    process.off('exit', giveBack);
  };
  return {
    show(lines) {
      if (lines.length === shown.length && lines.every((line, at) => line === shown[at])) return;
      const text = lines.map((line) => `${line}\u001b[K\n`).join('');
      const rest = lines.length < shown.length ? '\u001b[J' : '';
      if (!isHidden) process.on('exit', giveBack);
      output.write(`${begin}${isHidden ? '' : hideCursor}${back()}${text}${rest}${finish}`);
      isHidden = true;
      shown = lines;
    },
    clear() {
      if (shown.length > 0) output.write(`${back()}\u001b[J`);
      shown = [];
      giveBack();
    },
    end() {
      shown = [];
      giveBack();
    },
  };
};
