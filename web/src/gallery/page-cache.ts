import type { GalleryImage, GalleryPage } from '../../../src/report/view-model.ts';

/** How many images are asked for at once. */
export const PAGE_SIZE = 60;
/** So many pages stay in memory: enough to scroll back, and bounded however long the gallery. */
const PAGES_KEPT = 60;

/** What the gallery knows of its images so far. */
export interface GallerySnapshot {
  /** `undefined` until the first page has come. */
  readonly total: number | undefined;
  readonly error: Error | undefined;
  /** The image at a place; `undefined` while its page is not there. */
  at(index: number): GalleryImage | undefined;
}

/** Asks for a page from an offset. */
export type AskPage = (offset: number, limit: number) => Promise<GalleryPage>;

/**
 * The pages of a gallery, asked for as they are looked at: each once, the least recently looked-at ones
 * forgotten. Tells its listeners when something came; made for `useSyncExternalStore`.
 */
export class PageCache {
  #pages = new Map<number, readonly GalleryImage[]>();
  /** What is shown until the same page of this cache has come. */
  #stale = new Set<number>();
  #underway = new Set<number>();
  #listeners = new Set<() => void>();
  #snapshot: GallerySnapshot = { total: undefined, error: undefined, at: () => undefined };
  readonly #ask: AskPage;

  constructor(ask: AskPage) {
    this.#ask = ask;
  }

  /** The state now; the same object until something changes. */
  readonly snapshot = (): GallerySnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Makes sure that the images between two places are there or on their way; after a failure, again. */
  need(first: number, last: number): void {
    const to = Math.min(last, (this.#snapshot.total ?? last + 1) - 1);
    for (let page = Math.floor(Math.max(first, 0) / PAGE_SIZE); page * PAGE_SIZE <= to; page += 1) {
      const known = this.#pages.get(page);
      if (known !== undefined) {
        // Back in at the end: a map keeps its order, so the first are those not looked at for longest.
        this.#pages.delete(page);
        this.#pages.set(page, known);
      }
      const wanted = known === undefined || this.#stale.has(page);
      if (wanted && !this.#underway.has(page)) this.#load(page);
    }
  }

  /** Asks for the first page again: after a failure, or to begin. */
  retry(): void {
    this.#change({ error: undefined });
    this.need(0, 0);
  }

  /** Puts something else in an image's place, e.g. with a new label. */
  replace(changed: GalleryImage): void {
    for (const [page, images] of this.#pages) {
      if (!images.some((image) => isSame(image, changed))) continue;
      this.#pages.set(
        page,
        images.map((image) => (isSame(image, changed) ? changed : image)),
      );
    }
    this.#change({});
  }

  /** Takes over what another cache shows until it has its own: nothing flickers when a campaign goes on. */
  follow(previous: PageCache): void {
    this.#pages = new Map(previous.#pages);
    this.#stale = new Set(previous.#pages.keys());
    this.#change({ total: previous.#snapshot.total });
  }

  #load(page: number): void {
    this.#underway.add(page);
    this.#ask(page * PAGE_SIZE, PAGE_SIZE).then(
      ({ total, images }) => {
        this.#underway.delete(page);
        this.#stale.delete(page);
        this.#pages.delete(page);
        this.#pages.set(page, images);
        for (const oldest of this.#pages.keys()) {
          if (this.#pages.size <= PAGES_KEPT) break;
          this.#pages.delete(oldest);
        }
        this.#change({ total, error: undefined });
      },
      (cause: unknown) => {
        this.#underway.delete(page);
        this.#change({ error: cause instanceof Error ? cause : new Error(String(cause)) });
      },
    );
  }

  #change(change: Partial<GallerySnapshot>): void {
    const at = (index: number) => this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
    this.#snapshot = { ...this.#snapshot, ...change, at };
    for (const listener of this.#listeners) listener();
  }
}

function isSame(a: GalleryImage, b: GalleryImage): boolean {
  return a.turn === b.turn && a.number === b.number;
}
