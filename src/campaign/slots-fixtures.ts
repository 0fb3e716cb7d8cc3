import type { Notice } from '../store/notices.ts';
import type { SharedSlots } from './shared-slots.ts';
import type { SlotSource, TakenSlot } from './slot-source.ts';

/** What a {@link SlotRoom} does to whoever asks. */
export interface SlotRoomOptions {
  /** How long a statement takes on its way to the database, in milliseconds, and the same back. */
  readonly latencyMs: () => number;
  /** Whether a worker's statement fails; its effect may come about all the same, much later (`late`). */
  readonly failure?: (worker: string) => 'none' | 'lost' | 'late';
  /** Whether a notice is lost. */
  readonly isNoticeLost?: () => boolean;
  /** Default: for ever. */
  readonly leaseMs?: number;
}

interface Row {
  holder: string | undefined;
  heldUntil: number;
}

/** The slots of one endpoint as a database has them, on the timers of the test. */
export class SlotRoom {
  readonly rows: readonly Row[];
  readonly #options: Required<SlotRoomOptions>;
  readonly #listeners = new Map<string, (notice: Notice) => void>();
  /** Statements that took or gave back slots. */
  takes = 0;
  frees = 0;
  #takings = 0;

  constructor(concurrency: number, options: SlotRoomOptions) {
    this.rows = Array.from({ length: concurrency }, () => ({ holder: undefined, heldUntil: 0 }));
    this.#options = {
      failure: () => 'none',
      isNoticeLost: () => false,
      leaseMs: Number.POSITIVE_INFINITY,
      ...options,
    };
  }

  /** How many slots somebody holds whose lease has not run out. */
  get taken(): number {
    return this.rows.filter(({ holder, heldUntil }) => holder !== undefined && heldUntil > performance.now())
      .length;
  }

  /** A worker's door to it. */
  enter(worker: string): FakeSlotSource {
    return new FakeSlotSource(worker, this);
  }

  hear(worker: string, listener: (notice: Notice) => void): () => void {
    this.#listeners.set(worker, listener);
    return () => this.#listeners.delete(worker);
  }

  tell(notice: Notice): void {
    for (const [worker, listener] of this.#listeners) {
      if (worker === notice.worker || this.#options.isNoticeLost()) continue;
      setTimeout(() => listener(notice), this.#options.latencyMs());
    }
  }

  take(worker: string, count: number): Promise<TakenSlot[]> {
    return this.#statement(worker, () => {
      this.takes++;
      const holder = `${worker} ${++this.#takings}`;
      const now = performance.now();
      const free = [...this.rows.entries()].filter(
        ([, row]) => row.holder === undefined || row.heldUntil < now,
      );
      return free.slice(0, count).map(([slot, row]) => {
        row.holder = holder;
        row.heldUntil = now + this.#options.leaseMs;
        return { slot, holder };
      });
    });
  }

  free(slots: readonly TakenSlot[], notice: Notice): Promise<void> {
    return this.#statement(notice.worker, () => {
      this.frees++;
      for (const { slot, holder } of slots) {
        const row = this.rows[slot];
        if (row?.holder === holder) row.holder = undefined;
      }
      this.tell(notice);
    });
  }

  /** Keeps what is held as it was taken. */
  keep(worker: string, slots: readonly TakenSlot[]): Promise<void> {
    return this.#statement(worker, () => {
      const now = performance.now();
      for (const { slot, holder } of slots) {
        const row = this.rows[slot];
        if (row?.holder === holder && row.heldUntil > now) row.heldUntil = now + this.leaseMs;
      }
    });
  }

  get leaseMs(): number {
    return this.#options.leaseMs;
  }

  async #statement<T>(worker: string, effect: () => T): Promise<T> {
    const { latencyMs, failure } = this.#options;
    const fails = failure(worker);
    await elapse(latencyMs());
    if (fails === 'none') {
      const answer = effect();
      await elapse(latencyMs());
      return answer;
    }
    // Packets that were held up come through long after everybody has given up on them.
    if (fails === 'late') setTimeout(effect, 50 * latencyMs());
    throw new Error('the connection was lost');
  }
}

/** A worker's door to a {@link SlotRoom}. */
export class FakeSlotSource implements SlotSource {
  readonly speaker: string;
  readonly #room: SlotRoom;
  ownedUntil = Number.POSITIVE_INFINITY;
  /** How long each request has to wait for its moment. */
  bookMs = 0;

  constructor(worker: string, room: SlotRoom) {
    this.speaker = worker;
    this.#room = room;
  }

  take(count: number): Promise<readonly TakenSlot[]> {
    return this.#room.take(this.speaker, count);
  }

  free(slots: readonly TakenSlot[], to?: readonly string[]): Promise<void> {
    const notice = { endpoint: 'e', worker: this.speaker, ...(to === undefined ? {} : { to }) };
    return this.#room.free(slots, { kind: 'slot free', ...notice });
  }

  async book(): Promise<number> {
    return this.bookMs;
  }

  send(notice: Pick<Notice, 'kind' | 'priority' | 'pauseMs'>): void {
    this.#room.tell({ ...notice, endpoint: 'e', worker: this.speaker });
  }

  listen(listener: (notice: Notice) => void): () => void {
    return this.#room.hear(this.speaker, listener);
  }
}

/** Sends heartbeats for a worker's slots, as its membership would, until it is told to stop. */
export function keepAlive(
  room: SlotRoom,
  source: FakeSlotSource,
  slots: SharedSlots,
  { everyMs, marginMs }: { readonly everyMs: number; readonly marginMs: number },
): () => void {
  let over = false;
  const ownedFrom = (moment: number) => moment + room.leaseMs - marginMs;
  source.ownedUntil = ownedFrom(performance.now());
  const beat = async () => {
    while (!over) {
      await elapse(everyMs);
      const begun = performance.now();
      try {
        await room.keep(source.speaker, slots.held);
        if (performance.now() >= source.ownedUntil) slots.lapse();
        source.ownedUntil = ownedFrom(begun);
      } catch {
        // The next one may get through.
      }
    }
  };
  void beat();
  return () => {
    over = true;
  };
}

/** Waits, by the timers of the test. */
export function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
