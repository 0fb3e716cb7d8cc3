import { useEffect } from 'react';
import { useStoredValue } from './stored-value.ts';

/** Light, dark, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The chosen theme, put on the page's root, and what changes it. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [value, setValue] = useStoredValue('theme', 'local');
  const theme = THEMES.find((known) => known === value) ?? 'system';
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, (next) => setValue(next === 'system' ? undefined : next)];
}
