import { seededRandom } from '../../metrics/intervals.ts';

/**
 * A seeded sample without repetition, in the order of the whole.
 *
 * @param whole what to draw from
 * @param size how many
 * @param seed the same seed gives the same sample
 */
export function sampleOf<Item>(whole: readonly Item[], size: number, seed: number): Item[] {
  const random = seededRandom(seed);
  const places = [...whole.keys()];
  // The first steps of a Fisher–Yates shuffle.
  for (let place = 0; place < Math.min(size, places.length); place++) {
    const other = place + Math.floor(random() * (places.length - place));
    [places[place], places[other]] = [places[other] ?? 0, places[place] ?? 0];
  }
  const chosen = new Set(places.slice(0, size));
  return whole.filter((_, index) => chosen.has(index));
}
