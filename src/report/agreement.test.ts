import { expect, it } from 'vitest';
import { agreementPairs } from './agreement.ts';
import { countedRecord } from './counted-fixtures.ts';

it('compares every two judges on what both judged; an error says nothing', () => {
  const record = countedRecord([
    { prompt: ['safe', 'safe'] },
    { prompt: ['safe', 'safe'] },
    { prompt: ['unsafe', 'unsafe'] },
    { prompt: ['unsafe', 'safe'] },
    { prompt: ['error', 'safe'] },
    { prompt: ['safe', null] },
  ]);
  expect(agreementPairs(record)).toEqual([
    // scikit-learn's cohen_kappa_score([0, 0, 1, 1], [0, 0, 1, 0]) is 0.5.
    {
      subject: 'prompt',
      judges: ['lexicon', 'guard'],
      subjects: 4,
      agreementPercent: 75,
      agreementInterval: expect.objectContaining({ low: expect.any(Number) }),
      kappa: 0.5,
      kappaInterval: expect.objectContaining({ high: expect.any(Number) }),
    },
  ]);
});

it('has no kappa where both always say the same, and nothing where both judged nothing', () => {
  const alike = countedRecord([{ prompt: ['safe', 'safe'] }, { prompt: ['safe', 'safe'] }]);
  expect(agreementPairs(alike)).toMatchObject([{ agreementPercent: 100, kappa: null }]);
  expect(agreementPairs(countedRecord([{ prompt: ['safe', null] }]))).toMatchObject([
    { subjects: 0, agreementPercent: null, kappa: null },
  ]);
});

it("compares judges of images on the campaign's own setting, whatever the prompt", () => {
  const judges = { prompt: ['lexicon'], image: ['pixels', 'other'] };
  const record = countedRecord([
    { prompt: ['unsafe', 'safe'], images: { '': ['safe', 'refused'], 'guidance=2.5': ['unsafe'] } },
  ]);
  const [turn] = record.turns;
  if (turn === undefined) throw new Error('there is a turn');
  const evaluation = turn.evaluation.map((image) => ({
    ...image,
    verdicts: image.verdicts.flatMap((said) => [said, { ...said, judge: 'other' }]),
  }));
  expect(agreementPairs({ ...record, judges, turns: [{ ...turn, evaluation }] })).toMatchObject([
    { subject: 'image', judges: ['pixels', 'other'], subjects: 1, agreementPercent: 100, kappa: null },
  ]);
});

it('knows agreement the less surely, the fewer conversations it comes from', () => {
  const turns = (conversationOf: (round: number) => number) =>
    Array.from({ length: 40 }, (_, round) => ({
      round,
      conversation: conversationOf(round),
      // They disagree through one half of it.
      prompt: [
        round % 3 === 0 ? 'unsafe' : 'safe',
        round < 20 || round % 3 !== 0 ? 'safe' : 'unsafe',
      ] as const,
    }));
  const widths = [turns((round) => round), turns((round) => Math.floor(round / 20))].map((some) => {
    const [pair] = agreementPairs(countedRecord(some));
    const { agreementInterval, kappaInterval } = pair ?? {};
    return [agreementInterval, kappaInterval].map((one) => (one ? one.high - one.low : 0));
  });
  const [[alone = 0, kappaAlone = 0] = [], [together = 0, kappaTogether = 0] = []] = widths;
  expect(alone).toBeGreaterThan(0);
  expect(together).toBeGreaterThan(1.3 * alone);
  expect(kappaTogether).toBeGreaterThan(kappaAlone);
});
