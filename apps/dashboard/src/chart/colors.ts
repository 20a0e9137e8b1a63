import type { Color } from './columns.ts';

const names = { accent: '--accent', second: '--chart-2', third: '--chart-3', fourth: '--chart-4', bad: '--bad' };

export interface Colors {
  readonly of: (color: Color) => string;
  readonly grid: string;
  readonly text: string;
}

/** What the theme's colours come to: a canvas does not know `var()` nor `light-dark()`. */
export const readColors = (within: HTMLElement): Colors => {
  const probe = document.createElement('i');
  within.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const known = new Map(Object.entries(names).map(([color, name]) => [color, read(name)]));
  const [grid, text] = [read('--line'), read('--muted')];
  probe.remove();
  return { of: (color) => known.get(color) ?? text, grid, text };
};

/** With less of itself: `rgb(1, 2, 3)` at a fifth. */
export const faded = (color: string, share: number): string =>
  `color-mix(in srgb, ${color} ${share * 100}%, transparent)`;
