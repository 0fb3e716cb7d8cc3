import { messageOf } from '../errors.ts';
import { isConnectionLost } from '../store/connection-lost.ts';
import { chainOf, isDiskFull } from '../store/disk-full.ts';
import { StoreError } from '../store/store-error.ts';
import { Interrupted } from './interrupted.ts';
import { pause } from './pause.ts';

/**
 * Runs something that writes to the store. Whatever goes wrong there ends the campaign (nothing can
 * be recorded any more), so it must not be taken for a failure of a model. Being interrupted is no failure.
 *
 * @throws {@link StoreError}
 */
export async function storing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof StoreError || cause instanceof Interrupted) throw cause;
    const full = isDiskFull(cause);
    throw new StoreError({
      code: full ? 'DISK_FULL' : 'STORE_FAILED',
      message: full
        ? 'The disk is full: nothing more can be stored.'
        : `The store could not be written: ${messageOf(chainOf(cause).at(-1))}`,
      hint: full
        ? 'Make room, then go on with: art resume. What was committed is safe.'
        : 'Check the disk and the database, then go on with: art resume. What was committed is safe.',
      cause,
    });
  }
}

/** Runs something that writes to the store or reads from it; see {@link storing}. */
export type Storing = <T>(write: () => Promise<T>) => Promise<T>;

/** How long a database that has gone is waited for. */
export interface StorePatience {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** When it aborts, the wait is short: somebody wants to leave. */
  readonly stop: AbortSignal;
  /** Hears that the database does not answer, and that it does again. */
  readonly onOutage: (message: string) => void;
  /** Milliseconds; default: ten minutes. */
  readonly patienceMs?: number;
  /** Wait before the second try, doubled each time; default: a quarter of a second. */
  readonly retryDelayMs?: number;
}

const PATIENCE_MS = 10 * 60_000;
const PATIENCE_WHEN_STOPPED_MS = 15_000;
const RETRY_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/**
 * Makes a {@link Storing} for a database on a server: while it cannot be reached, what was to be stored is tried again.
 * Whatever is given to it may happen twice (a commit whose answer was lost), so it has to be written accordingly.
 */
export function patientStoring(patience: StorePatience): Storing {
  const { now, stop, onOutage, patienceMs = PATIENCE_MS, retryDelayMs = RETRY_DELAY_MS } = patience;
  let waiting = 0;
  let downSince: number | undefined;
  return async (write) => {
    const begun = now();
    for (let tries = 0; ; tries++) {
      try {
        const result = await write();
        if (downSince !== undefined) {
          onOutage(`The database answers again, after ${Math.round((now() - downSince) / 1_000)} s.`);
          downSince = undefined;
        }
        return result;
      } catch (error) {
        const left = (stop.aborted ? PATIENCE_WHEN_STOPPED_MS : patienceMs) - (now() - begun);
        if (!isConnectionLost(error) || left <= 0) return await storing(() => Promise.reject(error));
        if (downSince === undefined) {
          downSince = now();
          onOutage(`The database does not answer (${messageOf(chainOf(error).at(-1))}); it is waited for.`);
        }
        waiting++;
        // Not all at the same moment when it is back.
        const delay =
          Math.min(LONGEST_DELAY_MS, retryDelayMs * 2 ** Math.min(tries, 6)) * (1 + (waiting % 8) / 16);
        await pause(delay, stop.aborted ? undefined : stop);
        waiting--;
      }
    }
  };
}
