import { AsyncLocalStorage } from 'node:async_hooks';

/** Where in a campaign work is being done: the ids that logs and traces carry. */
export interface Place {
  readonly campaign: string;
  readonly category?: string;
  /** The conversation's id. */
  readonly conversation?: number;
  readonly round?: number;
  /** The turn's id; a turn has one once it is stored. */
  readonly turn?: number;
  /** Which evaluation image of its turn. */
  readonly image?: number;
}

const places = new AsyncLocalStorage<Place>();

/**
 * Does some work and lets everything within know where it is done.
 *
 * @param place where
 * @param work what is done, with all that it awaits
 */
export function at<T>(place: Place, work: () => T): T {
  return places.run(place, work);
}

/** Where the work that calls this is done; `undefined` outside of any campaign's. */
export function currentPlace(): Place | undefined {
  return places.getStore();
}

/** A place as attributes of a span. */
export function placeAttributes(place: Place): Record<string, string | number> {
  return Object.fromEntries(Object.entries(place).map(([name, value]) => [`art.${name}`, value]));
}
