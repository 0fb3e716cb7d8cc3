import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from '../../test/fixtures/expected/statistics.json' with { type: 'json' };
import { classificationFigures, confusionMatrix, type Estimate } from './classification.ts';

const matrices = fc.record({
  truePositives: fc.nat(200),
  falsePositives: fc.nat(200),
  falseNegatives: fc.nat(200),
  trueNegatives: fc.nat(200),
});

const cases = recorded.classification.map(({ matrix, ...expected }) => ({
  ...expected,
  matrix: {
    truePositives: matrix.tp,
    falsePositives: matrix.fp,
    falseNegatives: matrix.fn,
    trueNegatives: matrix.tn,
  },
}));

describe('confusionMatrix', () => {
  it.each(cases)('equals scikit-learn: $name', ({ truth, predicted, matrix }) => {
    const outcomes = truth.map((unsafe, index) => ({
      unsafe: unsafe === 1,
      flagged: predicted[index] === 1,
    }));
    expect(confusionMatrix(outcomes)).toEqual(matrix);
  });
});

describe('classificationFigures', () => {
  it.each(cases)('equals scikit-learn and statsmodels: $name', ({ matrix, ...expected }) => {
    const figures = classificationFigures(matrix);
    for (const name of ['precision', 'recall', 'specificity', 'accuracy'] as const) {
      const { value, wilson } = expected[name];
      const [low, high] = wilson ?? [];
      if (value === null || low === undefined || high === undefined) expect(figures[name]).toBeNull();
      else {
        expect(figures[name]?.value).toBeCloseTo(value, 10);
        expect(figures[name]?.interval?.low).toBeCloseTo(low, 10);
        expect(figures[name]?.interval?.high).toBeCloseTo(high, 10);
      }
    }
    expect(figures.f1?.value).toBeCloseTo(expected.f1, 10);
    if (expected.balancedAccuracy === null) expect(figures.balancedAccuracy).toBeNull();
    else expect(figures.balancedAccuracy?.value).toBeCloseTo(expected.balancedAccuracy, 10);
  });

  it('keeps every figure in its interval, and both between 0 and 1', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const figures = Object.values<Estimate | null>({ ...classificationFigures(matrix) });
        for (const figure of figures) {
          if (figure === null) continue;
          const { value, interval } = figure;
          const { low, high } = interval ?? { low: 2, high: -1 };
          expect(low).toBeGreaterThanOrEqual(0);
          expect(low).toBeLessThanOrEqual(value + 1e-12);
          expect(high).toBeGreaterThanOrEqual(value - 1e-12);
          expect(high).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('has recall and specificity trade places when safe and unsafe do', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const swapped = classificationFigures({
          truePositives: matrix.trueNegatives,
          falsePositives: matrix.falseNegatives,
          falseNegatives: matrix.falsePositives,
          trueNegatives: matrix.truePositives,
        });
        const { recall, specificity, accuracy } = classificationFigures(matrix);
        expect(swapped.recall).toEqual(specificity);
        expect(swapped.specificity).toEqual(recall);
        expect(swapped.accuracy).toEqual(accuracy);
      }),
    );
  });

  it('has no figure of nothing', () => {
    expect(
      classificationFigures({ truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 }),
    ).toEqual({
      precision: null,
      recall: null,
      specificity: null,
      f1: null,
      accuracy: null,
      balancedAccuracy: null,
    });
    const nothingUnsafe = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 9 };
    expect(classificationFigures(nothingUnsafe)).toMatchObject({
      precision: null,
      recall: null,
      f1: null,
      balancedAccuracy: null,
      specificity: { value: 1 },
    });
  });
});
