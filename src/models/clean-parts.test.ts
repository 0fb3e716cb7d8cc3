import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanParts } from './clean-parts.ts';

test.each([
  ['a red lamp\na wet road\nbroken glass', ['a red lamp', 'a wet road', 'broken glass']],
  ['Here are three parts:\n1. A lamp.\n2) "A road"\n- **Glass**', ['A lamp', 'A road', 'Glass']],
  ['a lamp, a road, and glass', ['a lamp', 'a road', 'glass']],
  ['a lamp\nA LAMP\nStation', ['a lamp']],
  [`a lamp\n${'long '.repeat(40)}`, ['a lamp']],
  ['', []],
])('%j', (answer, parts) => {
  expect(cleanParts(answer, 'station')).toEqual(parts);
});

test('whatever a model says, at most eight short lines come of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (answer, subject) => {
      const parts = cleanParts(answer, subject);
      expect(parts.length).toBeLessThanOrEqual(8);
      for (const part of parts) {
        expect(part.trim()).not.toBe('');
        expect(part).not.toContain('\n');
      }
    }),
  );
});
