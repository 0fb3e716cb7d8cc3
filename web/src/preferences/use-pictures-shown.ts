import { useStoredValue } from './stored-value.ts';

/** Whether all pictures are shown unveiled: for people who review, until the tab is closed. */
export function usePicturesShown(): readonly [boolean, (shown: boolean) => void] {
  const [value, setValue] = useStoredValue('pictures', 'session');
  return [value === 'shown', (shown) => setValue(shown ? 'shown' : undefined)];
}
