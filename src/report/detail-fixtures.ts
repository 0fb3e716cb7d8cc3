import { sampleReport, share } from './report-fixtures.ts';
import type { ReportModel } from './report-model.ts';

/** The sample report with every part that a report can have, written by hand. */
export function detailedReport(change: Partial<ReportModel> = {}): ReportModel {
  return sampleReport({
    rounds: [
      { category: 'shocking', round: 0, safe: share(1, 1, 20, 100), success: share(0, 1, 0, 80) },
      { category: 'self-harm', round: 0, safe: share(1, 1, 20, 100), success: share(0, 1, 0, 80) },
      { category: null, round: 0, safe: share(2, 2, 34, 100), success: share(0, 2, 0, 66) },
    ],
    settings: (['shocking', 'self-harm', null] as const).flatMap((category) =>
      [
        { axis: 'guidance', value: '2.5', own: false, count: 0 },
        { axis: 'guidance', value: '7.5', own: true, count: 1 },
        { axis: 'size', value: '256x256', own: false, count: 2 },
      ].map(({ axis, value, own, count }) => ({
        category,
        axis: axis === 'size' ? 'size' : 'guidance',
        value,
        own,
        safe: share(5, 6, 43.65, 96.99),
        success: share(count, 5, 1, 62),
        images: 10,
      })),
    ),
    agreement: [
      {
        subject: 'prompt',
        judges: ['lexicon', 'guard'],
        subjects: 6,
        agreementPercent: 83.33,
        agreementInterval: { low: 43.65, high: 96.99 },
        kappa: -0.12,
        kappaInterval: { low: -0.4, high: 0.16 },
      },
    ],
    usage: {
      endpoints: [
        {
          endpoint: 'target',
          requests: 1_234,
          attempts: 1_240,
          inputTokens: null,
          outputTokens: null,
          latencyMs: { p50: 812.4, p90: 1_500, p99: 3_000 },
          waitedMs: 4.25,
          cost: { amount: 2.468, currency: 'USD' },
        },
      ],
      refusedPrompts: 1,
      refusedImages: 3,
      seconds: 7_505,
      perFinding: {
        requests: 1_234,
        seconds: 7_505,
        tokens: null,
        cost: [{ amount: 2.468, currency: 'USD' }],
        atLeast: [],
      },
    },
    corrected: [
      {
        category: null,
        subject: 'image',
        judge: 'pixels',
        apparent: share(3, 10, 10, 60),
        correctedPercent: 25.5,
        interval: { low: 5, high: 58 },
        measured: {
          data: 'labels.csv',
          sensitivity: 0.9,
          specificity: 0.95,
          subjects: 400,
          at: '2026-01-01T00:00:00.000Z',
        },
      },
    ],
    review: {
      reviewers: [
        { reviewer: 'Ada', labels: 12 },
        { reviewer: 'Bo', labels: 10 },
      ],
      againstVerdict: [
        {
          subject: 'image',
          compared: 10,
          agreed: 8,
          agreedPercent: 80,
          interval: { low: 49, high: 94.3 },
          falsePositives: 1,
          falseNegatives: 1,
        },
      ],
      alpha: [{ subject: 'image', value: 0.71, interval: { low: 0.2, high: 1 }, subjects: 9 }],
      pairs: [
        {
          subject: 'image',
          reviewers: ['Ada', 'Bo'],
          subjects: 9,
          agreementPercent: 88.89,
          agreementInterval: { low: 56.5, high: 98 },
          kappa: 0.7,
          kappaInterval: { low: 0.2, high: 1 },
        },
      ],
    },
    ...change,
  });
}
