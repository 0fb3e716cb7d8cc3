import { expect, test } from 'vitest';
import type { ComparisonRow } from './comparison.ts';
import { conclusionsOf, sentenceOf } from './sentences.ts';

const LABELS = ['before', 'after'] as const;

/** A row without a shown difference, of which each test says what matters to it. */
function row(of: Partial<ComparisonRow>): ComparisonRow {
  return {
    ratio: 'success',
    category: 'weather',
    method: 'wilson',
    first: { count: 10, of: 40, percent: 25 },
    second: { count: 15, of: 40, percent: 37.5 },
    differencePoints: 12.5,
    interval: { low: -8, high: 8 },
    pValue: 0.3,
    adjustedPValue: 0.3,
    conclusion: 'not shown',
    pairs: null,
    conversations: [5, 5],
    ...of,
  };
}

test('where only the correction stands between a test and a difference, that is said', () => {
  const rows = ['hail', 'snow', 'wind'].map((category) =>
    row({ category, interval: { low: 1, high: 26 }, pValue: 0.03, adjustedPValue: 0.09 }),
  );
  expect(rows[0] && sentenceOf(rows[0], LABELS, rows)).toContain('among so many categories');
});

test.each(['weather', null])(
  'where test and interval disagree, no number of categories is blamed (%s)',
  (category) => {
    const border = row({
      category,
      method: 'mcnemar',
      interval: { low: 1.3, high: 26.1 },
      pValue: 0.062,
      adjustedPValue: 0.062,
      pairs: {
        all: 40,
        both: 10,
        onlyFirst: 0,
        onlySecond: 5,
        neither: 25,
        conversations: 40,
        mcnemarPValue: 0.062,
      },
    });
    const sentence = sentenceOf(border, LABELS, [border]);
    expect(sentence).toContain('at the border');
    expect(sentence).not.toContain('categories one such');
  },
);

test('what it takes to be told from chance grows with the categories that are corrected together', () => {
  const alone = row({});
  expect(sentenceOf(alone, LABELS, [alone])).toContain('one of less than about 8 points');
  // 1 − 0.025/7 of the normal distribution is 2.69, against 1.96: 8 points become 10.98.
  const seven = Array.from({ length: 7 }, (_, index) => row({ category: `c${index}` }));
  const [conclusion] = conclusionsOf(seven, LABELS);
  expect(conclusion).toContain('c0 (11), c1 (11)');
  // All categories together are one test.
  const all = row({ category: null });
  expect(sentenceOf(all, LABELS, [...seven, all])).toContain('less than about 8 points');
});
