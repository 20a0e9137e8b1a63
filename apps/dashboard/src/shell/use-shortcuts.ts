import { useEffect, useRef } from 'preact/hooks';
import { createStore } from '../store.ts';
import { createShortcuts, isForPage, type KeyPress, type Shortcut } from './shortcuts.ts';

const kept = 'hotpath-shortcuts';

const read = (): boolean => {
  try {
    return window.localStorage.getItem(kept) !== 'off';
  } catch {
    return true;
  }
};

/** Whether single keys do something: whoever speaks to a computer must be able to switch that off. */
export const shortcutsOn = createStore(read());

export const switchShortcuts = (isOn: boolean): void => {
  shortcutsOn.set(isOn);
  try {
    window.localStorage.setItem(kept, isOn ? 'on' : 'off');
  } catch {
    // It lasts as long as the page.
  }
};

export const useShortcuts = (shortcuts: readonly Shortcut[]): void => {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const press = createShortcuts({ shortcuts: () => latest.current });
    const listen = (event: KeyboardEvent) => {
      if (!shortcutsOn.get() || event.repeat || !isForPage(event as unknown as KeyPress)) return;
      // A dialog has the keys to itself.
      if (document.querySelector('dialog[open]')) return;
      if (press(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
};
