import { setTimeout as pause } from 'node:timers/promises';

/** Time and chance, and how long somebody who does not answer is waited for. */
export interface Patience {
  /** The waiting before the second try; then twice as long each time, up to the longest, in milliseconds. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** From the first failure on; a try that begins within it is finished. */
  readonly patienceMs: number;
  /** Milliseconds of any clock. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** @throws the signal's reason where it aborts meanwhile */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The clock and the dice of this process. */
export const OWN_CLOCK: Pick<Patience, 'now' | 'random' | 'sleep'> = {
  now: () => performance.now(),
  random: Math.random,
  sleep: async (ms, signal) => {
    try {
      await pause(ms, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/**
 * Does something that may fail for a while, again and again, with growing pauses of random length, so that many who
 * wait for the same do not come back all at once.
 *
 * @param attempt one try
 * @param isPassing whether the same may work another time
 * @param patience is asked at each failure: it may have grown meanwhile
 * @throws the last error, or the signal's reason
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  isPassing: (error: unknown) => boolean,
  patience: () => Patience,
  signal: AbortSignal | undefined,
): Promise<T> {
  let failedAt: number | undefined;
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const { firstDelayMs, longestDelayMs, patienceMs, now, random, sleep } = patience();
      failedAt ??= now();
      const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1)) * (0.5 + random() / 2);
      if (!isPassing(error) || now() + delay - failedAt > patienceMs) throw error;
      await sleep(delay, signal);
    }
  }
}
