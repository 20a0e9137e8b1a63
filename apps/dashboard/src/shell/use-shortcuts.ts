import { useEffect, useRef } from 'preact/hooks';
import { keep, readKept } from '../kept.ts';
import { createStore } from '../store.ts';
import { createShortcuts, isForPage, type KeyPress, type Shortcut } from './shortcuts.ts';

const kept = 'hotpath-shortcuts';

/** Whether single keys do something: whoever speaks to a computer must be able to switch that off. */
export const shortcutsOn = createStore(readKept(kept) !== 'off');

export const switchShortcuts = (isOn: boolean): void => {
  shortcutsOn.set(isOn);
  keep(kept, isOn ? 'on' : 'off');
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
