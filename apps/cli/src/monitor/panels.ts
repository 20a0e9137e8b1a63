import type { Cells } from '../screen/cells.ts';
import type { Area } from '../screen/layout.ts';
import { drawPanel } from '../screen/panel.ts';
import { scrolled } from '../screen/table.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';

/** Draws panels in the order of the focus. Those without a place are left out. */
export interface Panels {
  panel(title: string, place: Area | undefined, draw: (inner: Area) => void, note?: string): void;
  /** `offset`: the first row that is seen. */
  list(
    title: string,
    place: Area | undefined,
    rows: number,
    note: string,
    draw: (inner: Area, offset: number) => void,
  ): void;
  /** Those drawn so far, which can have the focus. */
  readonly drawn: readonly FocusPanel[];
}

export const createPanels = (cells: Cells, { focus, offsets }: InterfaceState): Panels => {
  const drawn: FocusPanel[] = [];
  return {
    drawn,
    panel(title, place, draw, note = '') {
      if (!place) return;
      draw(drawPanel(cells, place, { title, note, isFocused: focus === drawn.length }));
      drawn.push({ name: title, rows: 0, room: 0 });
    },
    list(title, place, rows, note, draw) {
      if (!place) return;
      const inner = drawPanel(cells, place, { title, note, isFocused: focus === drawn.length });
      const room = Math.max(0, inner.rows - 1);
      draw(inner, scrolled(offsets[title] ?? 0, rows, room));
      drawn.push({ name: title, rows, room });
    },
  };
};
