import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../metrics/intervals.ts';
import { NearDuplicateTexts, textSimilarity } from './min-hash.ts';

const WORDS =
  'red kite field boat lamp table tree cloud river stone bridge window candle garden market'.split(' ');
const sentence = (random: () => number, words: number) =>
  Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');

describe('the similarity of texts', () => {
  test('is the share of word triples that both have', () => {
    expect(textSimilarity('a red kite flies', 'a red kite flies')).toBe(1);
    // Two triples each, one of them shared.
    expect(textSimilarity('a red kite flies', 'a red kite sinks')).toBeCloseTo(1 / 3, 12);
    expect(textSimilarity('one two', 'three four')).toBe(0);
    expect(textSimilarity('A red, kite flies!', 'a red kite flies')).toBeGreaterThanOrEqual(0);
  });
});

describe('near duplicates', () => {
  test('of 2,000 texts those with one word changed at the end are all found, and nothing else', () => {
    const random = seededRandom(7);
    const index = new NearDuplicateTexts(0.8);
    const texts = Array.from({ length: 2_000 }, () => sentence(random, 20));
    for (const [number, text] of texts.entries()) index.add(String(number), text);
    for (const [number, text] of texts.entries()) {
      // 18 triples each, 17 shared: 17 / 19.
      const near = text.replace(/\S+$/, 'something');
      expect(index.find(near)).toBe(String(number));
    }
    for (let i = 0; i < 500; i++) expect(index.find(sentence(random, 20))).toBeUndefined();
  });

  test('what is found is at least as similar as asked for', () => {
    const anyText = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 12 }),
        anyText,
        fc.constantFrom(0.3, 0.8, 1),
        (texts, text, threshold) => {
          const index = new NearDuplicateTexts(threshold);
          for (const [number, one] of texts.entries()) index.add(String(number), one);
          const found = index.find(text);
          if (found !== undefined)
            expect(textSimilarity(texts[Number(found)] ?? '', text)).toBeGreaterThanOrEqual(threshold);
          // The same words in the same order always meet.
          if (texts.includes(text)) expect(found).toBeDefined();
        },
      ),
    );
  });
});
