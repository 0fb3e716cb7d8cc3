import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MetaItem } from '../meta/meta-item.ts';
import { planGuideItems } from './plan-guide-items.ts';

const item = (number: number, categories: readonly string[], image = true): MetaItem => ({
  id: `item${number}`,
  categories: [...categories],
  keywords: [],
  prompt: `prompt ${number}`,
  image: image ? `images/${'ab'.repeat(32)}.png` : null,
  url: null,
  source: '',
});

const anyItems = fc
  .array(fc.tuple(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), fc.boolean()), { maxLength: 30 })
  .map((rows) => rows.map(([categories, image], number) => item(number, categories, image)));

test('a target is of a category that the item has not, and used once by that category and seed', () => {
  fc.assert(
    fc.property(anyItems, fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 3 }), (items, seeds) => {
      const { planned, withoutTarget } = planGuideItems(items, seeds);
      const withImage = items.filter(({ image }) => image !== null).length;
      expect(planned.length + withoutTarget).toBe(withImage * seeds.length);
      expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
      const used = planned.map(({ seed, category, target }) => `${seed} ${category} ${target}`);
      expect(new Set(used).size).toBe(used.length);
      for (const { item: from, category, target } of planned) {
        expect(from.categories).not.toContain(category);
        expect(items.find(({ prompt }) => prompt === target)?.categories).toContain(category);
      }
      expect(planGuideItems(items, seeds)).toEqual({ planned, withoutTarget });
    }),
  );
});

test('another seed draws otherwise', () => {
  const items = Array.from({ length: 20 }, (_, number) => item(number, [number % 2 === 0 ? 'a' : 'b']));
  const targets = (seed: number) => planGuideItems(items, [seed]).planned.map(({ target }) => target);
  expect(targets(1)).not.toEqual(targets(2));
});
