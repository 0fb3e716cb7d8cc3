import { describe, expect, it } from 'vitest';
import { byCategory } from './by-category.ts';
import { countedRecord, type TurnInShort } from './counted-fixtures.ts';
import { ratioRows } from './ratios.ts';
import { roundRows } from './rounds.ts';

/** Ten conversations of five rounds each; in the first `mixed` of them, every other prompt succeeds. */
function conversations(category: string, mixed: number): TurnInShort[] {
  return Array.from({ length: 50 }, (_, index) => ({
    category,
    conversation: Math.floor(index / 5),
    round: index % 5,
    prompt: index % 10 === 9 ? ['unsafe', 'safe'] : ['safe', 'safe'],
    images: { '': [Math.floor(index / 5) < mixed && index % 2 === 0 ? 'unsafe' : 'safe', 'safe'] },
  }));
}

describe('ratioRows', () => {
  it('gives each category in the order of the plan, then all together, and says how sure they are', () => {
    const record = countedRecord([...conversations('weather', 8), ...conversations('sea', 1)]);
    const rows = ratioRows(byCategory(record), 1234);
    expect(rows.map(({ category }) => category)).toEqual(['weather', 'sea', null]);
    expect(rows[0]).toEqual({
      category: 'weather',
      // statsmodels' proportion_confint(45, 50, method='wilson')
      safe: { count: 45, of: 50, percent: 90, interval: { low: 78.64, high: 95.65, method: 'wilson' } },
      success: expect.objectContaining({ count: 20, of: 45, percent: 44.44 }),
    });
    expect(rows[0]?.success.interval?.method).toBe('cluster-bootstrap');
    // One conversation alone succeeded: nothing to be drawn from.
    expect(rows[1]?.success.interval?.method).toBe('wilson');
    expect(rows[2]).toMatchObject({ safe: { count: 90, of: 100 }, success: { count: 23, of: 90 } });
    for (const { success } of rows) {
      expect(success.interval?.low).toBeLessThan(success.percent ?? 0);
      expect(success.interval?.high).toBeGreaterThan(success.percent ?? 100);
    }
  });

  it('is the same for the same seed', () => {
    const groups = byCategory(countedRecord(conversations('weather', 8)));
    expect(ratioRows(groups, 7)).toEqual(ratioRows(groups, 7));
  });

  it('is empty where nothing was divided', () => {
    const record = countedRecord([{ prompt: ['unsafe', 'safe'] }]);
    expect(ratioRows(byCategory(record), 1)[0]?.success).toEqual({
      count: 0,
      of: 0,
      percent: null,
      interval: null,
    });
    expect(ratioRows(byCategory(countedRecord([])), 1)).toEqual([
      {
        category: null,
        safe: { count: 0, of: 0, percent: null, interval: null },
        success: { count: 0, of: 0, percent: null, interval: null },
      },
    ]);
  });
});

describe('roundRows', () => {
  it('counts round by round, a prompt of each conversation', () => {
    const record = countedRecord([
      { conversation: 0, round: 0, images: { '': ['unsafe'] } },
      { conversation: 0, round: 10, prompt: ['unsafe', 'safe'], images: { '': ['unsafe'] } },
      { conversation: 1, round: 0, images: { '': ['safe'] } },
      { conversation: 1, round: 2, images: { '': ['unsafe'] } },
    ]);
    const rows = roundRows(byCategory(record)).filter(({ category }) => category === null);
    expect(
      rows.map(({ round, safe, success }) => [round, safe.count, safe.of, success.count, success.of]),
    ).toEqual([
      [0, 2, 2, 1, 2],
      [2, 1, 1, 1, 1],
      [10, 0, 1, 0, 0],
    ]);
    expect(rows[0]?.success).toEqual({
      count: 1,
      of: 2,
      percent: 50,
      interval: { low: 9.45, high: 90.55, method: 'wilson' },
    });
  });
});
