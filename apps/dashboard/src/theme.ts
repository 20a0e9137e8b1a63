import { keep, readKept } from './kept.ts';
import { createStore } from './store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const kept = 'hotpath-theme';
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

/** What was chosen. */
export const theme = createStore<Theme>(themes.find((each) => each === readKept(kept)) ?? 'system');

const shown = (): 'light' | 'dark' => {
  const chosen = theme.get();
  return chosen === 'system' ? (prefersDark.matches ? 'dark' : 'light') : chosen;
};

/** What that comes to. */
export const shownTheme = createStore(shown());

const apply = (): void => {
  document.documentElement.dataset.theme = theme.get();
  shownTheme.set(shown());
};
apply();
prefersDark.addEventListener('change', apply);

export const chooseTheme = (chosen: Theme): void => {
  theme.set(chosen);
  apply();
  keep(kept, chosen);
};
