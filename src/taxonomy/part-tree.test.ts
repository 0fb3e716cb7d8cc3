import { expect, test } from 'vitest';
import { leavesOf, type PartTree, partTreeSchema } from './part-tree.ts';

const leaf = (text: string): PartTree => ({ text, times: 0, shown: false, parts: [] });
const over = (tree: PartTree): PartTree => ({ ...leaf('above'), parts: [tree] });

test('the leaves are the parts that have none', () => {
  const tree = { ...leaf('root'), parts: [leaf('a'), { ...leaf('b'), parts: [leaf('c'), leaf('d')] }] };
  expect(leavesOf(tree).map(({ text }) => text)).toEqual(['a', 'c', 'd']);
});

test('a tree too deep or too large, or with a key of its own, is refused', () => {
  let deep = leaf('bottom');
  for (let level = 0; level < 20_000; level++) deep = over(deep);
  const wide = { ...leaf('root'), parts: Array.from({ length: 5_001 }, () => leaf('x')) };
  expect(partTreeSchema.safeParse(deep).success).toBe(false);
  expect(partTreeSchema.safeParse(wide).success).toBe(false);
  expect(partTreeSchema.safeParse({ ...leaf('x'), more: 1 }).success).toBe(false);
  expect(partTreeSchema.safeParse(over(leaf('x'))).success).toBe(true);
});
