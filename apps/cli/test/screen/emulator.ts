import unicode from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

/** What a terminal shows in a cell: the text, and what it looks like. */
export interface ShownCell {
  /** Empty for the second cell of a wide character. */
  readonly text: string;
  readonly look: string;
}

export interface Emulator {
  write(text: string | Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  cell(row: number, column: number): ShownCell;
  lines(): readonly string[];
  /** Whether the alternate screen is shown, and what a program has left behind otherwise. */
  state(): { readonly isAlternate: boolean; readonly wraps: boolean; readonly isHeldBack: boolean };
}

/** A terminal without a window. */
export const createEmulator = (columns: number, rows: number): Emulator => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  terminal.loadAddon(new unicode.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  const line = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
  return {
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    cell(row, column) {
      const cell = line(row)?.getCell(column);
      if (!cell) return { text: '', look: 'outside' };
      const color = `${cell.getFgColorMode()}:${cell.getFgColor()}`;
      const marks = `${cell.isBold() ? 'b' : ''}${cell.isInverse() ? 'i' : ''}${cell.isDim() ? 'd' : ''}`;
      return {
        text: cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
        look: `${color}${marks}${cell.getBgColorMode()}`,
      };
    },
    lines: () => Array.from({ length: terminal.rows }, (_, row) => line(row)?.translateToString(true) ?? ''),
    state: () => ({
      isAlternate: terminal.buffer.active.type === 'alternate',
      wraps: terminal.modes.wraparoundMode,
      isHeldBack: terminal.modes.synchronizedOutputMode,
    }),
  };
};
