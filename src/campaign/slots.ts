import PQueue from 'p-queue';
import { Interrupted } from './interrupted.ts';

/** How a task waits for a slot. */
export interface SlotOptions {
  /** Higher goes first; default 0. */
  readonly priority?: number | undefined;
  /** Takes a task away that still waits. */
  readonly stop?: AbortSignal | undefined;
}

/** Where requests wait until one more may be in flight. */
export interface Slots {
  /** Tasks that run. */
  readonly running: number;
  /** Tasks that wait. */
  readonly waiting: number;
  /**
   * Runs a task once there is a slot, and gives the slot back when it has ended.
   *
   * @throws {@link Interrupted} when `stop` aborted before it began; whatever the task throws
   */
  run<T>(task: () => Promise<T>, options?: SlotOptions): Promise<T>;
  /** Tells others who use the same endpoint that it wants to be left alone for so many milliseconds. */
  pause?(pauseMs: number): void;
  /** Milliseconds that others have said to leave it alone. */
  readonly pausedMs?: number;
}

/** Slots of this process alone. */
export class LocalSlots implements Slots {
  readonly #queue: PQueue;

  constructor(concurrency: number, requestsPerMinute?: number) {
    this.#queue = new PQueue({ concurrency, ...spacing(requestsPerMinute) });
  }

  get running(): number {
    return this.#queue.pending;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  run<T>(task: () => Promise<T>, options: SlotOptions = {}): Promise<T> {
    return runIn(this.#queue, task, options);
  }
}

/** Runs a task in a queue; `stop` takes it away only while it still waits. */
export async function runIn<T>(
  queue: PQueue,
  task: () => Promise<T>,
  { priority = 0, stop }: SlotOptions,
): Promise<T> {
  if (stop === undefined) return await queue.add(task, { priority });
  if (stop.aborted) throw new Interrupted();
  const waiting = new AbortController();
  const giveUp = () => waiting.abort(new Interrupted());
  stop.addEventListener('abort', giveUp, { once: true });
  try {
    const begin = () => {
      stop.removeEventListener('abort', giveUp);
      return task();
    };
    return await queue.add(begin, { priority, signal: waiting.signal });
  } finally {
    stop.removeEventListener('abort', giveUp);
  }
}

/** Requests a minute as an even spacing, so that a server with a strict limit sees no bursts. */
function spacing(requestsPerMinute: number | undefined): { interval?: number; intervalCap?: number } {
  if (requestsPerMinute === undefined) return {};
  // At least 50 ms, for timers are not exact; then more than one request at a time.
  const intervalCap = Math.ceil(requestsPerMinute / 1_200);
  return { interval: Math.ceil(60_000 / Math.floor(requestsPerMinute / intervalCap)), intervalCap };
}
