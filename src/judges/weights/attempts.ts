import type { WeightsError } from './weights-error.ts';

/** A failure that may pass: the thing is tried again, and in the end the error in it is thrown. */
export class Setback extends Error {
  readonly final: WeightsError;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number | undefined;
  /** Whether something came of the try, so that the next is a first one again. */
  readonly progressed: boolean;

  constructor(final: WeightsError, { retryAfterMs, progressed = false }: SetbackOptions = {}) {
    super(final.message, { cause: final });
    this.final = final;
    this.retryAfterMs = retryAfterMs;
    this.progressed = progressed;
  }
}

interface SetbackOptions {
  readonly retryAfterMs?: number | undefined;
  readonly progressed?: boolean;
}

/** Waits; handed in, so that tests need not. */
export type Sleep = (milliseconds: number) => Promise<unknown>;

/** Tries in a row that get nowhere. */
const TRIES = 4;
/** A server that lets a few bytes through at a time must not hold us for ever. */
const MOST_TRIES = 50;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 120_000;

/**
 * Tries something up to four times, with waits of 1, 2 and 4 seconds or as long as the server asks.
 *
 * @param attempt throws a {@link Setback} for what may pass; anything else is final
 * @throws the error of the last setback
 */
export async function withAttempts<T>(sleep: Sleep, attempt: () => Promise<T>): Promise<T> {
  for (let inVain = 0, tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Setback)) throw error;
      inVain = error.progressed ? 1 : inVain + 1;
      const wait = error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (inVain - 1);
      if (inVain >= TRIES || tries >= MOST_TRIES || wait > LONGEST_WAIT_MS) throw error.final;
      await sleep(wait);
    }
  }
}

/** `Retry-After` in milliseconds: seconds, or a date. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const wait = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
