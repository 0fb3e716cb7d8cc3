import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashHref, parseHash } from './hash-route.ts';

test('an address leads back to what it was made of, whatever the texts', () => {
  const segment = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(fc.array(segment), fc.dictionary(segment, segment), (segments, params) => {
      const route = parseHash(hashHref(segments, params));
      expect(route.segments).toEqual(segments);
      expect(Object.fromEntries(route.params)).toEqual(params);
    }),
  );
});

test('what is empty is left out', () => {
  expect(hashHref(['gallery'], { campaign: 'a', text: '', judge: undefined })).toBe('#/gallery?campaign=a');
});

test('a broken address is read as it stands', () => {
  expect(parseHash('#/a%E0%A4%A/b').segments).toEqual(['a%E0%A4%A', 'b']);
  expect(parseHash('').segments).toEqual([]);
});
