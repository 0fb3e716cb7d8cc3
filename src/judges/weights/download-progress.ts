import type { DownloadProgress } from './model-files.ts';

/** How often a listener hears of a download. */
const INTERVAL_MS = 100;

/** Tells of one download, not more often than a person can see. */
export interface ProgressTeller {
  received(bytes: number, total: number | undefined): void;
  /** The last word. */
  end(succeeded: boolean): void;
}

/** Makes the teller of one download; without a listener it does nothing. */
export function tellProgress(
  what: string,
  onDownload: ((progress: DownloadProgress) => void) | undefined,
  now: () => number,
): ProgressTeller {
  let last: { readonly receivedBytes: number; readonly totalBytes?: number } = { receivedBytes: 0 };
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    received(bytes, total) {
      last = { receivedBytes: bytes, ...(total === undefined ? {} : { totalBytes: total }) };
      if (now() - toldAt < INTERVAL_MS) return;
      toldAt = now();
      onDownload?.({ what, ...last, done: false });
    },
    end: (succeeded) =>
      onDownload?.({ what, ...last, done: true, ...(succeeded ? {} : { failed: true as const }) }),
  };
}
