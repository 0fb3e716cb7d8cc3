/** One kind of work: so much of it at once, taken from a queue. */
export interface Lane<Job> {
  readonly name: string;
  readonly limit: number;
  take(count: number): Promise<readonly Job[]>;
  /** Does a job. An error ends the loop. */
  work(job: Job): Promise<void>;
}

/** What a {@link WorkLoop} runs on. */
export interface WorkLoopOptions<Job> {
  readonly lanes: readonly Lane<Job>[];
  /** Aborts when no further job is to be begun. */
  readonly stop: AbortSignal;
  /** Asked when nothing is held and nothing can be taken: is that the end, or will others add work? */
  isComplete(): Promise<boolean>;
}

/** How often the queue is looked at when only other processes can have added something. */
export const POLL_MS = 1_000;

/**
 * Takes jobs from queues and works on them, each lane up to its limit, until there is nothing left.
 * The queue is asked only when there is room and when something may have been added (`notify`).
 */
export class WorkLoop {
  #wake = Promise.withResolvers<void>();
  readonly #news = new Set<string>();

  /** Says that this process has added work for a lane. */
  notify(lane: string): void {
    this.#news.add(lane);
    this.#wake.resolve();
  }

  /**
   * Runs until the work is complete or `stop` aborts, and everything that was begun has ended.
   *
   * @throws the first error of a job or a queue, after the other jobs have ended
   */
  async run<Job>({ lanes, stop, isComplete }: WorkLoopOptions<Job>): Promise<void> {
    const errors: unknown[] = [];
    const held = lanes.map(() => 0);
    const emptied = lanes.map(() => false);
    const onStop = () => this.#wake.resolve();
    /** What a queue says; where it fails, that ends the loop as the error of a job does. */
    const orError = async <T>(answer: Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await answer;
      } catch (error) {
        errors.push(error);
        return otherwise;
      }
    };
    stop.addEventListener('abort', onStop, { once: true });
    // By its own clock: a loop that is woken all the time by what it does itself would never look at what others added.
    const poll = setInterval(() => {
      emptied.fill(false);
      this.#wake.resolve();
    }, POLL_MS);

    const begin = (lane: Lane<Job>, index: number, job: Job) => {
      held[index] = (held[index] ?? 0) + 1;
      void lane
        .work(job)
        .catch((error: unknown) => {
          errors.push(error);
        })
        .finally(() => {
          held[index] = (held[index] ?? 0) - 1;
          this.#wake.resolve();
        });
    };

    try {
      for (;;) {
        this.#wake = Promise.withResolvers();
        for (const [index, { name }] of lanes.entries()) {
          if (this.#news.has(name)) emptied[index] = false;
        }
        // Also what was added for lanes that others see to.
        this.#news.clear();
        if (!stop.aborted && errors.length === 0) {
          for (const [index, lane] of lanes.entries()) {
            const room = lane.limit - (held[index] ?? 0);
            if (room <= 0 || emptied[index]) continue;
            const jobs = await orError(lane.take(room), []);
            emptied[index] = jobs.length < room;
            for (const job of jobs) begin(lane, index, job);
          }
        }
        const idle = held.every((count) => count === 0);
        if (idle && (stop.aborted || errors.length > 0)) break;
        if (this.#news.size > 0) continue;
        if (idle && (await orError(isComplete(), true))) break;
        await this.#wake.promise;
      }
    } finally {
      clearInterval(poll);
      stop.removeEventListener('abort', onStop);
    }
    if (errors.length > 0) throw errors[0];
  }
}
