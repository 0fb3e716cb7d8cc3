import PQueue from 'p-queue';
import type { Notice } from '../store/notices.ts';
import { Interrupted } from './interrupted.ts';
import { pause } from './pause.ts';
import { runIn, type SlotOptions, type Slots } from './slots.ts';

/** Where the slots of an endpoint are handed out, over all workers together. */
export interface SlotSource {
  /** Takes up to so many slots; fewer where others hold them. */
  take(count: number): Promise<readonly number[]>;
  free(slots: readonly number[]): Promise<void>;
  /** Books the next moment at which the endpoint may be asked; milliseconds from now. */
  book(): Promise<number>;
  /** Until when, by `now`, slots that were taken or kept last are surely this worker's own. */
  readonly ownedUntil: number;
  send(notice: Pick<Notice, 'kind' | 'priority' | 'pauseMs'>): void;
  /** Notices of others about this endpoint. */
  listen(listener: (notice: Notice) => void): () => void;
}

/** What shared slots need from outside. */
export interface SharedSlotsOptions {
  readonly concurrency: number;
  /** Whether requests have to be booked (a limit of requests a minute). */
  readonly paced: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Hears why slots cannot be asked for. */
  readonly onProblem: (error: unknown) => void;
}

/** How often slots that others hold are asked for when no notice comes. */
const ASK_AGAIN_MS = 250;
/** How long a slot is kept for the next task before it is given back. */
const LINGER_MS = 30;
/** After so long with the same slots, one goes to somebody else who waits. */
const TURN_MS = 1_000;
/** How long somebody who wanted a slot is taken to want one still. */
const WANTED_MS = 1_000;

/**
 * The slots of an endpoint over all workers together. Slots that this worker holds are used again for its next tasks
 * without asking, so a full endpoint costs nothing; they are given back when there is nothing to do for them, when
 * somebody else waits with a higher priority, or when this worker holds more than its share of them.
 */
export class SharedSlots implements Slots {
  readonly #source: SlotSource;
  readonly #options: SharedSlotsOptions;
  readonly #queue = new PQueue({ concurrency: 1, autoStart: false });
  readonly #waitingPriorities = new Map<number, number>();
  /** Others who have wanted a slot lately, with their priority and when they said so. */
  readonly #wanted = new Map<string, { readonly priority: number; readonly at: number }>();
  readonly #unlisten: () => void;
  #held: number[] = [];
  /** When slots were last taken or given back. */
  #turnBegan = 0;
  #asking = false;
  #askAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #idleSince: number | undefined;
  #pausedUntil = 0;
  #closed = false;

  constructor(source: SlotSource, options: SharedSlotsOptions) {
    this.#source = source;
    this.#options = options;
    this.#unlisten = source.listen((notice) => this.#hear(notice));
  }

  get running(): number {
    return this.#queue.pending;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.now());
  }

  pause(pauseMs: number): void {
    this.#source.send({ kind: 'pause', pauseMs });
  }

  async run<T>(task: () => Promise<T>, { priority = 0, stop }: SlotOptions = {}): Promise<T> {
    count(this.#waitingPriorities, priority, 1);
    let waits = true;
    const queued = runIn(
      this.#queue,
      async () => {
        waits = false;
        count(this.#waitingPriorities, priority, -1);
        try {
          await this.#untilOwned(stop);
          if (this.#options.paced) await pause(await this.#source.book(), stop);
          return await task();
        } finally {
          // After the queue has taken note that the task has ended.
          setImmediate(() => this.#balance());
        }
      },
      { priority, stop },
    );
    this.#balance();
    try {
      return await queued;
    } finally {
      if (waits) count(this.#waitingPriorities, priority, -1);
    }
  }

  /** Gives all slots back; nothing may be running any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unlisten();
    clearTimeout(this.#timer);
    await this.#giveBack(this.#held.length);
  }

  /**
   * A worker that could not say for a while that it is alive begins nothing: its slots may be somebody else's.
   */
  async #untilOwned(stop: AbortSignal | undefined): Promise<void> {
    while (this.#options.now() >= this.#source.ownedUntil) {
      if (stop?.aborted) throw new Interrupted();
      this.#lapse();
      await pause(ASK_AGAIN_MS, stop);
    }
  }

  #lapse(): void {
    const lapsed = this.#held.splice(0);
    if (lapsed.length > 0) this.#source.free(lapsed).catch(this.#options.onProblem);
  }

  /** Brings the number of slots that are used in line with what is there to do and what others want. */
  #balance(): void {
    if (this.#closed) return;
    const { concurrency, now } = this.#options;
    if (now() >= this.#source.ownedUntil) this.#lapse();
    const wanted = Math.min(concurrency, this.running + this.waiting);
    const most = this.#held.length - this.#owedToOthers();
    this.#open(most);
    const spare = this.#held.length - Math.max(this.running, Math.min(wanted, most));
    const idleSince = this.#idleSince ?? now();
    const isOver = this.#wanted.size > 0 || now() - idleSince >= LINGER_MS;
    this.#idleSince = spare > 0 && !isOver ? idleSince : undefined;
    if (spare > 0 && isOver) void this.#giveBack(spare);
    else if (spare > 0) this.#lookAgainIn(LINGER_MS);
    if (this.waiting > 0 && wanted > this.#held.length) this.#ask(wanted - this.#held.length);
  }

  /** Lets so many tasks run at once. */
  #open(most: number): void {
    if (most < 1) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = most;
    if (this.#queue.isPaused) this.#queue.start();
  }

  #ask(missing: number): void {
    const { now } = this.#options;
    const waitMs = this.#askAt - now();
    if (this.#asking) return;
    if (waitMs > 0) {
      this.#lookAgainIn(waitMs);
      return;
    }
    this.#asking = true;
    this.#source
      .take(missing)
      .then(
        (slots) => {
          this.#held.push(...slots);
          this.#turnBegan = now();
          if (slots.length < missing) {
            this.#askAt = now() + ASK_AGAIN_MS;
            this.#source.send({ kind: 'slot wanted', priority: highest(this.#waitingPriorities) });
          }
        },
        (error: unknown) => {
          this.#askAt = now() + 4 * ASK_AGAIN_MS;
          this.#options.onProblem(error);
        },
      )
      .finally(() => {
        this.#asking = false;
        if (this.#closed) void this.#giveBack(this.#held.length);
        else this.#balance();
      });
  }

  async #giveBack(number: number): Promise<void> {
    if (number <= 0) return;
    const slots = this.#held.splice(this.#held.length - number, number);
    this.#open(this.#held.length);
    this.#turnBegan = this.#options.now();
    // So many wishes are granted; who wants more says so again.
    const granted = [...this.#wanted].toSorted(([, a], [, b]) => b.priority - a.priority).slice(0, number);
    for (const [worker] of granted) this.#wanted.delete(worker);
    try {
      await this.#source.free(slots);
      this.#source.send({ kind: 'slot free' });
    } catch (error) {
      // They are anybody's when their time has run out.
      this.#options.onProblem(error);
    }
  }

  /** How many of the slots held here somebody else should have. */
  #owedToOthers(): number {
    this.#forgetOld();
    if (this.#wanted.size === 0) return 0;
    const mine = highest(this.#waitingPriorities);
    const claims = [...this.#wanted.values()];
    const more = claims.filter(({ priority }) => priority > mine).length;
    const equal = claims.filter(({ priority }) => priority === mine).length;
    const share = Math.max(1, Math.floor(this.#options.concurrency / (claims.length + 1)));
    const tooMany = Math.max(0, this.#held.length - share);
    // Where there are fewer slots than workers, they are had in turn.
    const turnIsOver = this.#options.now() - this.#turnBegan >= TURN_MS;
    const fair = Math.min(equal, Math.max(tooMany, turnIsOver ? 1 : 0));
    // Who has something more important to do gets a slot whatever the shares are.
    return Math.min(this.#held.length, more + fair);
  }

  #forgetOld(): void {
    const oldest = this.#options.now() - WANTED_MS;
    for (const [worker, { at }] of this.#wanted) if (at < oldest) this.#wanted.delete(worker);
  }

  #hear({ kind, worker, priority = 0, pauseMs = 0 }: Notice): void {
    const { now } = this.#options;
    if (kind === 'slot wanted') this.#wanted.set(worker, { priority, at: now() });
    if (kind === 'pause') this.#pausedUntil = Math.max(this.#pausedUntil, now() + pauseMs);
    if (kind === 'slot free') this.#askAt = 0;
    this.#balance();
  }

  #lookAgainIn(milliseconds: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#balance();
    }, milliseconds);
  }
}

function count(priorities: Map<number, number>, priority: number, change: number): void {
  const next = (priorities.get(priority) ?? 0) + change;
  if (next <= 0) priorities.delete(priority);
  else priorities.set(priority, next);
}

/** The highest priority of what waits; lower than any where nothing does. */
function highest(priorities: ReadonlyMap<number, number>): number {
  return Math.max(Number.MIN_SAFE_INTEGER, ...priorities.keys());
}
