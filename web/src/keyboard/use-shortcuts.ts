import { useEffect, useRef } from 'react';
import { useStoredValue } from '../preferences/stored-value.ts';
import { type Shortcut, shortcutFor } from './shortcuts.ts';

/** Those in whose turn it is to answer keys, the last one first: a dialog stands above its page. */
const scopes: object[] = [];

/** Whether single keys do something: people who speak to their computer switch that off (WCAG 2.1.4). */
export function useShortcutsOn(): readonly [boolean, (on: boolean) => void] {
  const [value, setValue] = useStoredValue('shortcuts', 'local');
  return [value !== 'off', (on) => setValue(on ? undefined : 'off')];
}

/**
 * Answers keys while the component is shown and nothing stands above it.
 *
 * @param shortcuts - what the keys do; may be another list with every rendering
 * @param active - whether they are answered at all
 */
export function useShortcuts(shortcuts: readonly Shortcut[], active = true): void {
  const [on] = useShortcutsOn();
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    if (!active) return;
    const scope = {};
    scopes.push(scope);
    const answer = (event: KeyboardEvent) => {
      if (scopes.at(-1) !== scope) return;
      const shortcut = shortcutFor(event, current.current);
      // Escape closes, always: it is no character that could be spoken or typed by mistake.
      if (shortcut === undefined || (!on && event.key !== 'Escape')) return;
      event.preventDefault();
      shortcut.run();
    };
    document.addEventListener('keydown', answer);
    return () => {
      document.removeEventListener('keydown', answer);
      scopes.splice(scopes.indexOf(scope), 1);
    };
  }, [active, on]);
}
