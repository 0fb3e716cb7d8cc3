import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanReviewerName } from './reviewer-name.ts';

test.each([
  ['  Ada \n Lovelace ', 'Ada Lovelace'],
  ['A\u202ed\u200ba\u00ad', 'Ada'],
  ['Zoe\u0308', 'Zoë'],
  ['\ue000\u0007', ''],
])('%j is kept as %j', (text, name) => {
  expect(cleanReviewerName(text)).toBe(name);
});

test.each(['👩‍💻 Ada', 'می‌نا', 'Nguyễn', "O'Brien-小林"])('%s stays as it is', (name) => {
  expect(cleanReviewerName(name)).toBe(name);
});

test('a name that has been cleaned stays as it is', () => {
  const letters = fc.constantFrom(...'aé\u0301 \u200c\u200d\u202e\u00ad\ue000👩💻م\u0308\n\ufe0f');
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: letters })), (text) => {
      const name = cleanReviewerName(text);
      expect(cleanReviewerName(name)).toBe(name);
    }),
  );
});
