import { Select } from '../parts/select.tsx';
import { useStore } from '../store.ts';
import { chooseTheme, type Theme, theme, themes } from '../theme.ts';

const titles = { system: 'System', light: 'Light', dark: 'Dark' };

export const ThemeSwitch = () => (
  <Select
    label="Theme"
    value={useStore(theme)}
    options={themes.map((value) => ({ value, title: titles[value] }))}
    onChange={(value) => chooseTheme(value as Theme)}
  />
);
