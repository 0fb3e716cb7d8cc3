import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutToWidth, displayWidth, padTo, wrapWords } from './display-width.ts';

test.each([
  ['cat', 3],
  ['', 0],
  ['Füße', 4],
  ['cafe\u0301', 4],
  ['猫が眠る', 8],
  ['고양이', 6],
  ['🦊', 2],
  ['a\u200db', 2],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

const line = fc.string({
  unit: fc.constantFrom('a', 'bc', ' ', '猫', '🦊', 'e\u0301', '-'),
  maxLength: 40,
});

describe('cutToWidth and padTo', () => {
  test('together fill exactly so many columns, up to one for half a wide character', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const cut = cutToWidth(text, columns);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        expect(displayWidth(padTo(cut, columns))).toBe(columns);
        expect(displayWidth(padTo(cut, columns, 'left'))).toBe(columns);
        if (displayWidth(text) <= columns) expect(cut).toBe(text);
        else expect(cut.endsWith('…')).toBe(true);
      }),
    );
  });
});

describe('wrapWords', () => {
  test('breaks between words, with an indent', () => {
    expect(wrapWords('  one two three four', 11, '    ')).toEqual(['  one two', '    three', '    four']);
  });

  test('keeps a word that is too long in one piece', () => {
    expect(wrapWords('see https://example.com/a/long/address there', 20)).toEqual([
      'see',
      'https://example.com/a/long/address',
      'there',
    ]);
  });

  test('without a width it breaks nothing', () => {
    expect(wrapWords('a b '.repeat(100), undefined)).toEqual(['a b '.repeat(100)]);
  });

  test('loses no word, and no line with several words is too wide', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const lines = wrapWords(text, columns);
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(text.split(/\s+/).filter(Boolean));
        for (const part of lines) {
          if (part.trim().includes(' ')) expect(displayWidth(part)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });
});
