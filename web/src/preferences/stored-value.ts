import { useCallback, useSyncExternalStore } from 'react';

/** Where a preference is kept: for good, or until the tab is closed. */
export type Keeping = 'local' | 'session';

const listeners = new Set<() => void>();
/** What could not be kept: a file opened from disk may have no storage at all. */
const unkept = new Map<string, string>();

/**
 * A preference of the person who looks, kept in the browser where it allows that.
 *
 * @param name - its key
 * @param keeping - where
 * @returns the value, `undefined` when none was chosen, and what changes it
 */
export function useStoredValue(
  name: string,
  keeping: Keeping,
): readonly [string | undefined, (value: string | undefined) => void] {
  const key = `art-${name}`;
  const value = useSyncExternalStore(subscribe, () => read(key, keeping));
  const change = useCallback((next: string | undefined) => write(key, next, keeping), [key, keeping]);
  return [value, change];
}

function read(key: string, keeping: Keeping): string | undefined {
  try {
    return storage(keeping).getItem(key) ?? unkept.get(key);
  } catch (error) {
    if (error instanceof DOMException) return unkept.get(key);
    throw error;
  }
}

function write(key: string, value: string | undefined, keeping: Keeping): void {
  try {
    unkept.delete(key);
    if (value === undefined) storage(keeping).removeItem(key);
    else storage(keeping).setItem(key, value);
  } catch (error) {
    // No storage (private mode, a sandboxed page): the choice then holds until the page is closed.
    if (!(error instanceof DOMException)) throw error;
    if (value !== undefined) unkept.set(key, value);
  }
  for (const listener of listeners) listener();
}

function storage(keeping: Keeping): Storage {
  return keeping === 'local' ? window.localStorage : window.sessionStorage;
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}
