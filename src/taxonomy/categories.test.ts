import { describe, expect, test } from 'vitest';
import { BUILT_IN_CATEGORIES, builtInCategory } from './categories.ts';

describe('the built-in categories', () => {
  test("are the paper's seven, in its order", () => {
    expect(BUILT_IN_CATEGORIES.map(({ name }) => name)).toEqual([
      'hate',
      'harassment',
      'violence',
      'self-harm',
      'sexual',
      'shocking',
      'illegal activity',
    ]);
  });

  test.each(BUILT_IN_CATEGORIES)('$name has keywords, each once and tidy', ({ keywords }) => {
    expect(keywords.length).toBeGreaterThanOrEqual(8);
    expect(new Set(keywords.map((keyword) => keyword.toLowerCase())).size).toBe(keywords.length);
    expect(keywords.filter((keyword) => keyword.trim() !== keyword || /\s\s/.test(keyword))).toEqual([]);
  });

  test('are found by their name and by nothing else', () => {
    for (const category of BUILT_IN_CATEGORIES) expect(builtInCategory(category.name)).toBe(category);
    for (const name of ['', 'Hate', 'constructor', '__proto__', 'hate ']) {
      expect(builtInCategory(name)).toBeUndefined();
    }
  });
});
