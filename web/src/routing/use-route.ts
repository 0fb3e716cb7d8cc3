import { useMemo, useSyncExternalStore } from 'react';
import { hashHref, parseHash, type Route } from './hash-route.ts';

/** Where the app is; renders again when that changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseHash(hash), [hash]);
}

/**
 * Goes to a page of the app.
 *
 * @param href - from {@link hashHref}
 * @param replace - without a new entry in the history: for filters that change with every key
 */
export function navigate(href: string, { replace = false } = {}): void {
  if (!replace) {
    window.location.hash = href;
    return;
  }
  window.history.replaceState(window.history.state, '', href);
  // Unlike a change of `location.hash`, `replaceState` tells nobody.
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/**
 * Changes some of the state that stands in the address and keeps the rest, the campaign among it.
 *
 * @param changes - `undefined` or an empty text takes a parameter out
 */
export function setRouteParams(
  changes: Readonly<Record<string, string | number | undefined>>,
  { replace = true } = {},
): void {
  const { segments, params } = parseHash(window.location.hash);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(key);
    else params.set(key, String(value));
  }
  navigate(hashHref(segments, params), { replace });
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
