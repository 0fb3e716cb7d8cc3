import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentHash } from '../store/content-hash.ts';
import { HashList } from './hash-list.ts';

const hashOf = (number: number) => contentHash(Buffer.from(String(number)));

test('finds what was added, whatever the order, and tells what was added twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { maxLength: 300 }),
      fc.constantFrom(16 as const, 32 as const),
      (numbers, width) => {
        const list = new HashList(width);
        for (const number of numbers) list.add(hashOf(number));
        const known = new Set(numbers);
        for (let number = 0; number < 500; number += 7)
          expect(list.has(hashOf(number))).toBe(known.has(number));
        expect(list.size).toBe(numbers.length);
        expect(list.hasDoubles()).toBe(known.size < numbers.length);
      },
    ),
  );
});

test('the place of a hash is its place among the sorted', () => {
  const hashes = Array.from({ length: 3_000 }, (_, number) => hashOf(number));
  const list = new HashList();
  for (const hash of hashes) list.add(hash);
  for (const [place, hash] of hashes.toSorted().entries()) expect(list.placeOf(hash)).toBe(place);
  // Added to later, it is sorted again.
  list.add('0'.repeat(64));
  expect(list.placeOf('0'.repeat(64))).toBe(0);
});
