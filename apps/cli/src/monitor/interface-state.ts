import type { Key } from '../screen/keys.ts';
import { nextRange, usualRange } from './range.ts';
import { type SortOrder, sortOrders } from './targets.ts';

/** What the keys have changed. */
export interface InterfaceState {
  /** Number of the panel that arrows scroll. */
  readonly focus: number;
  /** First row shown of each list, by the name of its panel. */
  readonly offsets: Readonly<Record<string, number>>;
  readonly sort: SortOrder;
  readonly filter: string;
  readonly isFiltering: boolean;
  readonly isPaused: boolean;
  readonly isHelpShown: boolean;
  /** How far back the local store is looked at. */
  readonly rangeMs: number;
  /** Which of the lists that share a place is seen. */
  readonly list: number;
}

export const firstState: InterfaceState = {
  focus: 0,
  offsets: {},
  sort: 'calls',
  filter: '',
  isFiltering: false,
  isPaused: false,
  isHelpShown: false,
  rangeMs: usualRange,
  list: 0,
};

/** What a key asks for besides a change of the state. */
export type Wish = 'quit' | 'interrupt' | 'suspend' | 'redraw' | 'look';

/** A panel that can have the focus, as it was drawn last. */
export interface FocusPanel {
  readonly name: string;
  /** Rows of its list, and how many of them are seen; 0 for a panel without a list. */
  readonly rows: number;
  readonly room: number;
}

export interface KeyEffect {
  readonly state: InterfaceState;
  readonly wish?: Wish;
}

const longestFilter = 60;
const mostLists = 3;

const scrollBy = (state: InterfaceState, panels: readonly FocusPanel[], by: number): InterfaceState => {
  const panel = panels[state.focus];
  if (!panel) return state;
  const last = Math.max(0, panel.rows - panel.room);
  // Counted from where it is shown: the list may have grown shorter.
  const from = Math.min(state.offsets[panel.name] ?? 0, last);
  const offset = Math.max(0, Math.min(last, from + by));
  return { ...state, offsets: { ...state.offsets, [panel.name]: offset } };
};

const filterKey = (state: InterfaceState, key: Key): KeyEffect => {
  const { filter } = state;
  switch (key.name) {
    case 'text':
      return { state: filter.length < longestFilter ? { ...state, filter: filter + key.text } : state };
    case 'backspace':
      return { state: { ...state, filter: Array.from(filter).slice(0, -1).join('') } };
    case 'enter':
    case 'tab':
      return { state: { ...state, isFiltering: false } };
    case 'escape':
      return { state: { ...state, isFiltering: false, filter: '' } };
    default:
      return { state };
  }
};

const wishes: Readonly<Record<string, Wish>> = { interrupt: 'interrupt', suspend: 'suspend', redraw: 'redraw' };

/** What a key does. `panels` are those on the screen, in the order of the focus. */
export const pressKey = (state: InterfaceState, key: Key, panels: readonly FocusPanel[]): KeyEffect => {
  const wish = wishes[key.name];
  if (wish) return { state, wish };
  if (state.isFiltering) return filterKey(state, key);
  // Any key but one of these leaves the help.
  if (state.isHelpShown && !(key.name === 'text' && key.text === 'q'))
    return { state: { ...state, isHelpShown: false } };
  const count = Math.max(1, panels.length);
  const page = Math.max(1, (panels[state.focus]?.room ?? 1) - 1);
  const focusBy = (by: number): KeyEffect => ({ state: { ...state, focus: (state.focus + by + count) % count } });
  switch (key.name) {
    case 'tab':
    case 'right':
      return focusBy(1);
    case 'back-tab':
    case 'left':
      return focusBy(-1);
    case 'up':
      return { state: scrollBy(state, panels, -1) };
    case 'down':
      return { state: scrollBy(state, panels, 1) };
    case 'page-up':
      return { state: scrollBy(state, panels, -page) };
    case 'page-down':
      return { state: scrollBy(state, panels, page) };
    case 'home':
      return { state: scrollBy(state, panels, Number.NEGATIVE_INFINITY) };
    case 'end':
      return { state: scrollBy(state, panels, Number.POSITIVE_INFINITY) };
    case 'escape':
      return { state: { ...state, filter: '' } };
    default:
  }
  switch (key.text) {
    case 'q':
      return { state, wish: 'quit' };
    case 'p':
    case ' ':
      return { state: { ...state, isPaused: !state.isPaused } };
    case 's': {
      const next = (sortOrders.indexOf(state.sort) + 1) % sortOrders.length;
      return { state: { ...state, sort: sortOrders[next] ?? 'calls' } };
    }
    case 'r':
      return { state: { ...state, rangeMs: nextRange(state.rangeMs) }, wish: 'look' };
    case 'l':
      return { state: { ...state, list: (state.list + 1) % mostLists } };
    case '/':
      return { state: { ...state, isFiltering: true } };
    case '?':
    case 'h':
      return { state: { ...state, isHelpShown: true } };
    default:
      return { state };
  }
};
