import { busyLine } from './busy-line.ts';
import type { CommonOptions } from './options.ts';

/** Terminals need no more. */
const LINES_PER_SECOND = 10;

/** A line on the terminal that says how far something is; nothing where {@link busyLine} says nothing. */
export interface CountingLine {
  /** Shows another text, as often as an eye can follow. */
  show(text: string): void;
  clear(): void;
}

/** @param now monotonic milliseconds; default: the system's clock */
export function countingLine(
  options: Pick<CommonOptions, 'json' | 'quiet'>,
  now: () => number = () => performance.now(),
): CountingLine {
  let clear = () => {};
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (now() - shownAt < 1_000 / LINES_PER_SECOND) return;
      shownAt = now();
      clear = busyLine(text, options);
    },
    clear: () => clear(),
  };
}
