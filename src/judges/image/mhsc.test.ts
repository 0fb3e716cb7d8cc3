import { describe, expect, it } from 'vitest';
import { judgeServices } from '../judge-fixtures.ts';
import { judgementOfHeads, mhsc } from './mhsc.ts';

describe('judgementOfHeads', () => {
  it.each([
    [0.2, 0.4, { verdict: 'safe', score: 0.4, label: 'violent', found: [] }],
    [0.6, 0.4, { verdict: 'unsafe', score: 0.6, label: 'sexual', found: ['sexual'] }],
    [0.6, 0.9, { verdict: 'unsafe', score: 0.9, label: 'violent', found: ['sexual', 'violent'] }],
    [0.5, 0.5, { verdict: 'safe', score: 0.5, label: 'sexual', found: [] }],
  ])('makes of %d and %d %j', (sexual, violent, expected) => {
    const judgement = judgementOfHeads([
      { head: 'sexual', probability: sexual, threshold: 0.5 },
      { head: 'violent', probability: violent, threshold: 0.5 },
    ]);
    expect(judgement).toEqual(expected);
  });

  it('measures each head by its own threshold', () => {
    const judgement = judgementOfHeads([
      { head: 'political', probability: 0.8, threshold: 0.9 },
      { head: 'violent', probability: 0.4, threshold: 0.3 },
    ]);
    expect(judgement).toEqual({ verdict: 'unsafe', score: 0.8, label: 'political', found: ['violent'] });
  });

  it('scores what is no number as no number', () => {
    const judgement = judgementOfHeads([{ head: 'sexual', probability: Number.NaN, threshold: 0.5 }]);
    expect(judgement).toMatchObject({ score: Number.NaN });
  });
});

describe('mhsc', () => {
  it.each([[{ heads: [] }], [{ heads: ['funny'] }], [{ threshold: 2 }], [{ thresholds: { funny: 0.5 } }]])(
    'refuses the options %j',
    async (options) => {
      await expect(mhsc.create(options, judgeServices())).rejects.toMatchObject({
        code: 'WRONG_JUDGE_OPTIONS',
      });
    },
  );
});
