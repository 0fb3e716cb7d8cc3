import { createRandom } from '../support/random.ts';

/** Random choices that a seed repeats. */
export interface Dice {
  /** From 0 up to but without `below`. */
  int(below: number): number;
  /** Whether something happens that does so with this probability, from 0 to 1. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  pick<Item>(items: readonly Item[]): Item;
  bytes(length: number): Buffer;
}

/** @param seed any whole number, or several that are mixed */
export function createDice(...seeds: readonly (number | string)[]): Dice {
  const random = createRandom(hashOf(seeds.join('/')));
  const int = (below: number) => Math.floor(random() * below);
  return {
    int,
    chance: (probability) => random() < probability,
    pick<Item>(items: readonly Item[]): Item {
      const item = items[int(items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(256))),
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
