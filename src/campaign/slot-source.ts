import type { Notice } from '../store/notices.ts';

/** A slot as it was taken. */
export interface TakenSlot {
  readonly slot: number;
  /** By which taking: nobody who took it at another time has the same. */
  readonly holder: string;
}

/** Where the slots of an endpoint are handed out, over all workers together. */
export interface SlotSource {
  /** Who asks here, as the others know it. */
  readonly speaker: string;
  /** Takes up to so many slots; fewer where others hold them. */
  take(count: number): Promise<readonly TakenSlot[]>;
  /**
   * Gives slots back, as far as they are still held as they were taken, and tells the others so.
   *
   * @param to whom they are meant for; default: anybody
   */
  free(slots: readonly TakenSlot[], to?: readonly string[]): Promise<void>;
  /** Books the next moment at which the endpoint may be asked; milliseconds from now. */
  book(): Promise<number>;
  /** Until when, by `now`, slots that were taken or kept last are surely this worker's own. */
  readonly ownedUntil: number;
  send(notice: Pick<Notice, 'kind' | 'priority' | 'pauseMs'>): void;
  /** Notices of others about this endpoint. */
  listen(listener: (notice: Notice) => void): () => void;
}
