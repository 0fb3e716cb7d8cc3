/** Where labels wait that have not been stored yet; outlives the page where the browser allows that. */
export interface LabelShelf {
  /** What waits, as it was put there. */
  read(): readonly string[];
  put(key: string, text: string): void;
  /** Takes a text away, unless another page has put a newer one in its place. */
  remove(key: string, text: string): void;
}

/** Keeps what waits in the browser, a place a label: pages of the same campaign side by side take nothing from each other. */
export function browserShelf(campaign: string, storage: () => Storage): LabelShelf {
  const prefix = `art-label/${campaign}/`;
  return {
    read: () =>
      guarded(() => {
        const kept = storage();
        const keys = Array.from({ length: kept.length }, (_, index) => kept.key(index));
        return keys.flatMap((key) => (key?.startsWith(prefix) ? (kept.getItem(key) ?? []) : []));
      }) ?? [],
    put: (key, text) => guarded(() => storage().setItem(prefix + key, text)),
    remove: (key, text) =>
      guarded(() => {
        const kept = storage();
        if (kept.getItem(prefix + key) === text) kept.removeItem(prefix + key);
      }),
  };
}

function guarded<Value>(use: () => Value): Value | undefined {
  try {
    return use();
  } catch (error) {
    // No storage here, or it is full: what waits then lasts as long as the page.
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
