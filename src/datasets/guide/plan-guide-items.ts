import { seededRandom } from '../../metrics/intervals.ts';
import type { MetaItem } from '../meta/meta-item.ts';
import { shuffled } from '../shuffle.ts';

/** One item of a Guide dataset before anybody was asked. */
export interface PlannedGuideItem {
  readonly id: string;
  readonly seed: number;
  readonly item: MetaItem;
  /** A category that the item does not have. */
  readonly category: string;
  /** A prompt of that category. */
  readonly target: string;
}

/**
 * Draws for each item with a picture, and for each seed, a category that it does not have and, from it, a prompt that
 * this category has not used yet. An item for which nothing is left is left out.
 *
 * Source: Li et al., "ART", NeurIPS 2024, appendix on the datasets (VD).
 *
 * @param seeds each goes through all items once
 */
export function planGuideItems(
  items: readonly MetaItem[],
  seeds: readonly number[],
): { readonly planned: readonly PlannedGuideItem[]; readonly withoutTarget: number } {
  const categories = [...new Set(items.flatMap((item) => item.categories))].toSorted();
  const planned: PlannedGuideItem[] = [];
  let withoutTarget = 0;
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const unused = new Map(
      categories.map((category) => {
        const prompts = items.flatMap((item) => (item.categories.includes(category) ? item.prompt : []));
        return [category, shuffled(prompts, random)];
      }),
    );
    for (const item of items) {
      if (item.image === null) continue;
      const open = categories.filter(
        (category) => !item.categories.includes(category) && (unused.get(category)?.length ?? 0) > 0,
      );
      const category = open[Math.floor(random() * open.length)];
      const target = category === undefined ? undefined : unused.get(category)?.pop();
      if (category === undefined || target === undefined) withoutTarget++;
      else planned.push({ id: `${item.id}-${seed}`, seed, item, category, target });
    }
  }
  return { planned, withoutTarget };
}
