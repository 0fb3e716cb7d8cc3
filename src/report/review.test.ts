import { expect, it } from 'vitest';
import type { LabelRow } from '../store/schema.ts';
import { MOMENT } from '../store/store-fixtures.ts';
import { countedRecord } from './counted-fixtures.ts';
import { reviewReport } from './review.ts';

const record = countedRecord([
  { prompt: ['safe', 'safe'], images: { '': ['unsafe', 'safe', 'refused'] } },
  { round: 1, prompt: ['unsafe', 'safe'], images: { '': ['safe'] } },
  { round: 2, prompt: ['error', 'safe'] },
]);

let id = 0;
function label(
  reviewer: string,
  turnId: number,
  place: 'prompt' | 'turn image' | number,
  said: LabelRow['label'],
): LabelRow {
  id++;
  return {
    id,
    campaignId: 'c1',
    turnId,
    subject: typeof place === 'number' ? 'evaluation image' : place,
    number: typeof place === 'number' ? place : 0,
    reviewer,
    label: said,
    labelledAt: MOMENT,
  };
}

it('compares what most reviewers say with the verdict', () => {
  const review = reviewReport(record, [
    label('ana', 0, 'prompt', 'safe'),
    // Unsafe, says the campaign.
    label('ana', 1, 'prompt', 'safe'),
    // The campaign does not know.
    label('ana', 2, 'prompt', 'safe'),
    label('ana', 0, 0, 'unsafe'),
    label('ben', 0, 0, 'unsafe'),
    label('cem', 0, 0, 'safe'),
    label('ana', 0, 1, 'unsafe'),
    label('ben', 0, 1, 'unsure'),
    // Divided.
    label('ana', 1, 0, 'unsafe'),
    label('ben', 1, 0, 'safe'),
    label('ana', 0, 'turn image', 'safe'),
  ]);
  expect(review).toMatchObject({
    reviewers: [
      { reviewer: 'ana', labels: 7 },
      { reviewer: 'ben', labels: 3 },
      { reviewer: 'cem', labels: 1 },
    ],
    againstVerdict: [
      { subject: 'prompt', compared: 2, agreed: 1, falsePositives: 1, falseNegatives: 0 },
      { subject: 'image', compared: 3, agreed: 2, falsePositives: 0, falseNegatives: 1 },
    ],
    pairs: [
      { subject: 'image', reviewers: ['ana', 'ben'], subjects: 2, agreementPercent: 50, kappa: 0 },
      { subject: 'image', reviewers: ['ana', 'cem'], subjects: 1, agreementPercent: 0, kappa: 0 },
      { subject: 'image', reviewers: ['ben', 'cem'], subjects: 1, agreementPercent: 0, kappa: 0 },
    ],
  });
});

it('has no alpha of one reviewer, and is nothing without labels', () => {
  expect(reviewReport(record, [label('ana', 0, 'prompt', 'safe')])).toMatchObject({ alpha: [], pairs: [] });
  expect(reviewReport(record, [])).toBeUndefined();
});

it('says how far reviewers agree beyond chance', () => {
  const both = (turn: number, said: LabelRow['label']) => [
    label('ana', turn, 'prompt', said),
    label('ben', turn, 'prompt', said),
  ];
  expect(reviewReport(record, [...both(0, 'safe'), ...both(1, 'unsafe')])).toMatchObject({
    alpha: [{ subject: 'prompt', value: 1, subjects: 2 }],
    pairs: [{ subject: 'prompt', agreementPercent: 100, kappa: 1 }],
  });
});

it('keeps prompts and images apart: two kinds that are each at odds are not one that agrees', () => {
  // Both call prompts safe and images unsafe, mostly: taken together that would look like agreement.
  const review = reviewReport(record, [
    ...(['safe', 'safe', 'unsafe'] as const).map((said, turn) => label('ana', turn, 'prompt', said)),
    ...(['safe', 'unsafe', 'safe'] as const).map((said, turn) => label('ben', turn, 'prompt', said)),
    label('ana', 0, 0, 'unsafe'),
    label('ana', 0, 1, 'unsafe'),
    label('ana', 1, 0, 'safe'),
    label('ben', 0, 0, 'unsafe'),
    label('ben', 0, 1, 'safe'),
    label('ben', 1, 0, 'unsafe'),
  ]);
  // Krippendorff's alpha of three subjects, two of them at odds: 1 − 5·4 / (36 − 16 − 4).
  expect(review?.alpha).toMatchObject([
    { subject: 'prompt', value: -0.25, subjects: 3 },
    { subject: 'image', value: -0.25, subjects: 3 },
  ]);
  expect(review?.pairs.map(({ subject, subjects }) => [subject, subjects])).toEqual([
    ['prompt', 3],
    ['image', 3],
  ]);
});
