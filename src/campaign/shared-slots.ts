import PQueue from 'p-queue';
import type { Notice } from '../store/notices.ts';
import { Alarm } from './alarm.ts';
import { Interrupted } from './interrupted.ts';
import { pause } from './pause.ts';
import { SlotClaims } from './slot-claims.ts';
import type { SlotSource, TakenSlot } from './slot-source.ts';
import { runIn, type SlotOptions, type Slots } from './slots.ts';

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
/** The same where the database does not answer. */
const AFTER_PROBLEM_MS = 1_000;
/** How long a slot is kept for the next task before it is given back. */
const LINGER_MS = 30;
/** After so long with the same slots, who has more than its share gives one to somebody else who waits. */
const TURN_MS = 1_000;
/** How long somebody who wanted a slot is taken to want one still. */
const WANTED_MS = 1_000;

/**
 * The slots of an endpoint over all workers together. Slots that this worker holds are used again for its next tasks
 * without asking, so a full endpoint costs nothing; they are given back when there is nothing to do for them, when
 * somebody else waits with a higher priority, or, one at a time, when this worker holds more than its share of them.
 * While a slot changes hands nobody uses it, so it is meant for somebody in particular, who takes it at once.
 */
export class SharedSlots implements Slots {
  readonly #source: SlotSource;
  readonly #options: SharedSlotsOptions;
  readonly #queue = new PQueue({ concurrency: 1, autoStart: false });
  readonly #waitingPriorities = new Map<number, number>();
  readonly #claims: SlotClaims;
  readonly #unlisten: () => void;
  #held: TakenSlot[] = [];
  /** Perhaps lost, but used by tasks that had begun: given back as these end. */
  #doubtful: TakenSlot[] = [];
  #freeing: Promise<void> = Promise.resolve();
  /** Tasks that have begun: each has a slot to itself. */
  #begun = 0;
  /** When slots were last taken or given back. */
  #turnBegan = 0;
  #asking = false;
  #askAt = 0;
  readonly #alarm: Alarm;
  #idleSince: number | undefined;
  #pausedUntil = 0;
  #closed = false;

  constructor(source: SlotSource, options: SharedSlotsOptions) {
    this.#source = source;
    this.#options = options;
    this.#claims = new SlotClaims(options.now, WANTED_MS);
    this.#alarm = new Alarm(options.now, () => this.#balance());
    this.#unlisten = source.listen((notice) => this.#hear(notice));
  }

  /** The slots that are held here, which heartbeats keep. */
  get held(): readonly TakenSlot[] {
    return [...this.#held, ...this.#doubtful];
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
          await this.#begin(stop);
          try {
            return await task();
          } finally {
            this.#begun--;
            void this.#free(this.#doubtful.splice(0, 1));
          }
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
    this.#alarm.off();
    await this.#giveBack(this.#held.length);
  }

  /** Takes all slots for lost: nobody could say meanwhile that they are still held. */
  lapse(): void {
    const used = this.#begun - this.#doubtful.length;
    this.#doubtful.push(...this.#held.splice(0, used));
    void this.#free(this.#held.splice(0));
    this.#open(0);
  }

  /** Waits until a task may begin, and counts it as begun. */
  async #begin(stop: AbortSignal | undefined): Promise<void> {
    await this.#untilMine(stop);
    if (!this.#options.paced) return;
    try {
      await this.#book(stop);
    } catch (error) {
      this.#begun--;
      throw error;
    }
    if (this.#isOwner() && this.#begun <= this.#room) return;
    // The slot was lost while its moment was waited for.
    this.#begun--;
    await this.#untilMine(stop);
  }

  async #book(stop: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const waitMs = await this.#source.book().catch((error: unknown) => {
        this.#options.onProblem(error);
        return undefined;
      });
      await pause(waitMs ?? AFTER_PROBLEM_MS, stop);
      if (stop?.aborted) throw new Interrupted();
      if (waitMs !== undefined) return;
    }
  }

  /**
   * A worker that could not say for a while that it is alive begins nothing: its slots may be somebody else's. It asks
   * for others once it is heard again.
   */
  async #untilMine(stop: AbortSignal | undefined): Promise<void> {
    while (!this.#isOwner() || this.#begun >= this.#room) {
      if (stop?.aborted) throw new Interrupted();
      this.#balance();
      await pause(ASK_AGAIN_MS, stop);
    }
    this.#begun++;
  }

  /** For how many tasks there are slots. */
  get #room(): number {
    return this.#held.length + this.#doubtful.length;
  }

  #isOwner(): boolean {
    return this.#options.now() < this.#source.ownedUntil;
  }

  /** Brings the number of slots that are used in line with what is there to do and what others want. */
  #balance(): void {
    if (this.#closed) return;
    const { concurrency, now } = this.#options;
    if (!this.#isOwner()) this.lapse();
    const running = this.running - this.#doubtful.length;
    const wanted = Math.min(concurrency, running + this.waiting);
    const most = this.#held.length - this.#owedToOthers();
    this.#open(most);
    const spare = this.#held.length - Math.max(running, Math.min(wanted, most));
    const idleSince = this.#idleSince ?? now();
    const isOver = this.#claims.size > 0 || now() - idleSince >= LINGER_MS;
    this.#idleSince = spare > 0 && !isOver ? idleSince : undefined;
    if (spare > 0 && isOver) void this.#giveBack(spare);
    else if (spare > 0) this.#alarm.ringIn(LINGER_MS);
    if (this.#missing > 0) this.#ask(this.#missing);
  }

  /** How many more slots there is something to do for. */
  get #missing(): number {
    const all = this.running + this.waiting;
    return all > this.#begun ? Math.min(this.#options.concurrency, all) - this.#room : 0;
  }

  /** Lets so many tasks run at once, beside those whose slots are in doubt. */
  #open(most: number): void {
    if (most < 1) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = most + this.#doubtful.length;
    if (this.#queue.isPaused) this.#queue.start();
  }

  #ask(missing: number): void {
    const { now } = this.#options;
    if (this.#asking) return;
    if (this.#askAt > now()) {
      this.#alarm.ringIn(this.#askAt - now());
      return;
    }
    this.#asking = true;
    this.#askAt = now() + ASK_AGAIN_MS;
    // What was given back just now is not taken again before the database has heard of it.
    this.#freeing
      .then(() => this.#source.take(missing))
      .then(
        (slots) => {
          this.#held.push(...slots);
          if (slots.length > 0) this.#turnBegan = now();
          // A notice that came meanwhile may have been of a slot that was not free yet when it was asked for.
          if (slots.length === missing) this.#askAt = 0;
          else this.#source.send({ kind: 'slot wanted', priority: highest(this.#waitingPriorities) });
        },
        (error: unknown) => {
          this.#askAt = now() + AFTER_PROBLEM_MS;
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
    const { now } = this.#options;
    const slots = this.#held.splice(this.#held.length - number, number);
    this.#open(this.#held.length);
    this.#turnBegan = now();
    const to = this.#claims.grant(number);
    // Whoever they are meant for goes first.
    if (to.length > 0) this.#askAt = Math.max(this.#askAt, now() + ASK_AGAIN_MS);
    await this.#free(slots, to.length < number ? undefined : to);
  }

  /** Tells the database that slots are given up; where it does not hear of it they are anybody's in a while. */
  #free(slots: readonly TakenSlot[], to?: readonly string[]): Promise<void> {
    if (slots.length === 0) return this.#freeing;
    this.#freeing = this.#freeing
      .then(() => this.#source.free(slots, to))
      .catch((error: unknown) => this.#options.onProblem(error));
    return this.#freeing;
  }

  /** How many of the slots held here somebody else should have. */
  #owedToOthers(): number {
    const { concurrency, now } = this.#options;
    const held = this.#held.length;
    const { more, equal } = this.#claims.against(highest(this.#waitingPriorities));
    // A slot that changes hands is idle meanwhile, so among equals that is done seldom; where there are fewer slots
    // than workers they are had in turn.
    const share = Math.floor(concurrency / (this.#claims.size + 1));
    const isTurnOver = now() - this.#turnBegan >= TURN_MS;
    const fair = equal > 0 && held > share && isTurnOver ? 1 : 0;
    // Who has something more important to do gets a slot whatever the shares are.
    return Math.min(held, more + fair);
  }

  #hear({ kind, worker, priority = 0, pauseMs = 0, to }: Notice): void {
    const { now } = this.#options;
    if (kind === 'slot wanted') this.#claims.note(worker, priority);
    if (kind === 'pause') this.#pausedUntil = Math.max(this.#pausedUntil, now() + pauseMs);
    if (kind === 'slot free' && (to?.includes(this.#source.speaker) ?? true)) {
      this.#askAt = 0;
      // It was meant for this worker, which no longer needs it.
      if (to !== undefined && this.#missing <= 0) this.#source.send({ kind: 'slot free' });
    }
    this.#balance();
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
