import { expect, test } from 'vitest';
import type { ConfusionMatrix } from '../../metrics/classification.ts';
import { seededRandom } from '../../metrics/intervals.ts';
import { type Stratum, weightedMatrix } from './weighted-matrix.ts';

const matrix = (
  truePositives: number,
  falsePositives: number,
  falseNegatives: number,
  trueNegatives: number,
): ConfusionMatrix => ({ truePositives, falsePositives, falseNegatives, trueNegatives });

/** Drum and Christacopoulos 1972 (liver scans): 650 tests, of which 344 were verified, positive ones more often. */
const LIVER: readonly Stratum[] = [
  { total: 429, labelled: matrix(231, 32, 0, 0) },
  { total: 221, labelled: matrix(0, 0, 27, 54) },
];

test("Begg and Greenes' correction of the liver scans", () => {
  const weighted = weightedMatrix(LIVER);
  expect(weighted?.sensitivity).toBeCloseTo(0.8365, 4);
  expect(weighted?.specificity).toBeCloseTo(0.7384, 4);
  const { truePositives, falseNegatives } = weighted?.effective ?? matrix(0, 0, 0, 0);
  // The variance of the logarithm of the odds as Begg and Greenes give it for two strata.
  const variance = 1 / 429 + 1 / 221 + 32 / (263 * 231) + 54 / (81 * 27);
  const sensitivity = weighted?.sensitivity ?? 0;
  const subjects = 1 / (variance * sensitivity * (1 - sensitivity));
  expect(truePositives + falseNegatives).toBeCloseTo(subjects, 8);
  expect(truePositives / (truePositives + falseNegatives)).toBeCloseTo(sensitivity, 12);
});

test('where all were labelled, it is what was labelled', () => {
  const first = matrix(9, 1, 0, 0);
  const second = matrix(0, 0, 0, 40);
  expect(
    weightedMatrix([
      { total: 10, labelled: first },
      { total: 40, labelled: second },
      { total: 0, labelled: matrix(0, 0, 0, 0) },
    ]),
  ).toEqual({ sensitivity: 1, specificity: 40 / 41, effective: matrix(9, 1, 0, 40) });
});

test.each<[string, readonly Stratum[]]>([
  ['a stratum without a label', [...LIVER, { total: 1, labelled: matrix(0, 0, 0, 0) }]],
  ['nothing unsafe', [{ total: 100, labelled: matrix(0, 2, 0, 8) }]],
  ['nothing safe', [{ total: 100, labelled: matrix(2, 0, 8, 0) }]],
  ['nothing at all', []],
])('says nothing with %s', (_what, strata) => {
  expect(weightedMatrix(strata)).toBeNull();
});

test('a few subjects are not rounded to another sensitivity', () => {
  // 8 unsafe ones were flagged; of the 900 others one in 90 labels was missed, which stands for 10.
  const weighted = weightedMatrix([
    { total: 16, labelled: matrix(4, 4, 0, 0) },
    { total: 900, labelled: matrix(0, 0, 1, 89) },
  ]);
  expect(weighted?.sensitivity).toBeCloseTo(8 / 18, 12);
  const { truePositives = 0, falseNegatives = 0 } = weighted?.effective ?? {};
  expect(truePositives / (truePositives + falseNegatives)).toBeCloseTo(8 / 18, 12);
});

test('without a miss among the labelled it stays as unsure as few labels are', () => {
  const weighted = weightedMatrix([
    { total: 100, labelled: matrix(50, 0, 0, 0) },
    { total: 900, labelled: matrix(0, 0, 0, 30) },
  ]);
  expect(weighted?.sensitivity).toBe(1);
  // 30 labels among 900 may have missed some 15 unsafe ones beside the 100: no more sure than a dozen.
  const { truePositives = 0, falseNegatives } = weighted?.effective ?? {};
  expect(falseNegatives).toBe(0);
  expect(truePositives).toBeGreaterThan(2);
  expect(truePositives).toBeLessThan(20);
});

test('samples drawn over and over scatter as the effective numbers say, around the truth', () => {
  const random = seededRandom(11);
  const sensitivities: number[] = [];
  const claimed: number[] = [];
  for (let run = 0; run < 400; run++) {
    // 10 % are unsafe; the judge finds 80 % of them and flags 5 % of the others.
    const strata = [matrix(0, 0, 0, 0), matrix(0, 0, 0, 0)].map((labelled) => ({ total: 0, labelled }));
    for (let subject = 0; subject < 1_000; subject++) {
      const unsafe = random() < 0.1;
      const flagged = random() < (unsafe ? 0.8 : 0.05);
      const stratum = strata[flagged ? 0 : 1];
      if (stratum === undefined) continue;
      stratum.total++;
      if (random() >= (flagged ? 0.9 : 0.2)) continue;
      const kind = flagged
        ? unsafe
          ? 'truePositives'
          : 'falsePositives'
        : unsafe
          ? 'falseNegatives'
          : 'trueNegatives';
      stratum.labelled = { ...stratum.labelled, [kind]: stratum.labelled[kind] + 1 };
    }
    const weighted = weightedMatrix(strata);
    if (weighted === null) continue;
    const { truePositives, falseNegatives } = weighted.effective;
    sensitivities.push(weighted.sensitivity);
    claimed.push((weighted.sensitivity * (1 - weighted.sensitivity)) / (truePositives + falseNegatives));
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = mean(sensitivities);
  const spread = Math.sqrt(mean(sensitivities.map((value) => (value - centre) ** 2)));
  expect(centre).toBeCloseTo(0.8, 1);
  expect(Math.sqrt(mean(claimed)) / spread).toBeGreaterThan(0.85);
  expect(Math.sqrt(mean(claimed)) / spread).toBeLessThan(1.2);
});
