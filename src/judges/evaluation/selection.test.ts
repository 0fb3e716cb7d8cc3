import { expect, test } from 'vitest';
import type { LabelledPrompt } from '../../datasets/labelled/labelled-data.ts';
import type { Verdict } from '../judge.ts';
import type { Judged } from './collect-judgements.ts';
import { type Candidate, selectionOf } from './selection.ts';

let place = 0;
function labelled(
  stratum: string,
  { unsafe, verdict, category = 'weather' }: { unsafe: boolean; verdict: Verdict; category?: string },
): { candidate: Candidate; judged: Judged } {
  const subject: LabelledPrompt = { kind: 'prompt', place: `${place++}`, text: '', unsafe, category };
  return {
    candidate: { stratum, category, subject },
    judged: { subject, combined: verdict, rows: [{ judge: 'a', verdict }] },
  };
}

const unlabelled = (stratum: string, count: number, category = 'weather'): Candidate[] =>
  Array.from({ length: count }, () => ({ stratum, category }));

test('a labelled subject stands for the others of its stratum', () => {
  const findings = [true, true, true, false].map((unsafe) =>
    labelled('findings', { unsafe, verdict: 'unsafe' }),
  );
  const others = [true, false, false, false].map((unsafe) => labelled('others', { unsafe, verdict: 'safe' }));
  const some = [...findings, ...others];
  const {
    candidates,
    labelled: count,
    strata,
    judges,
  } = selectionOf(
    [...some.map(({ candidate }) => candidate), ...unlabelled('others', 36)],
    some.map(({ judged }) => judged),
    ['a'],
  );
  expect([candidates, count]).toEqual([44, 8]);
  expect(strata).toEqual([
    { stratum: 'findings', total: 4, labelled: 4 },
    { stratum: 'others', total: 40, labelled: 4 },
  ]);
  // 3 found; a quarter of 40 missed. Of the labelled alone the recall would be 3 of 4.
  expect(judges[0]?.weighted?.sensitivity).toBeCloseTo(3 / 13, 10);
  expect(judges[0]?.weighted?.specificity).toBeCloseTo(30 / 31, 10);
  expect(judges[0]).toMatchObject({ judge: 'a', by: 'stratum and category', missing: [] });
});

test('a stratum without a label is named; a category without one is made up for by the others', () => {
  const some = [
    labelled('findings', { unsafe: true, verdict: 'unsafe' }),
    labelled('others', { unsafe: false, verdict: 'safe' }),
    labelled('findings', { unsafe: true, verdict: 'unsafe', category: 'travel' }),
  ];
  const known = some.map(({ candidate }) => candidate);
  const judged = some.map((one) => one.judged);
  const merged = selectionOf([...known, ...unlabelled('others', 5, 'travel')], judged, ['a']);
  expect(merged.judges[0]).toMatchObject({ by: 'stratum', missing: [] });
  expect(merged.judges[0]?.weighted).not.toBeNull();
  const open = selectionOf([...known, ...unlabelled('more', 5)], judged, ['a']);
  expect(open.judges[0]).toMatchObject({ weighted: null, missing: ['more'] });
});

test('categories that a judge is not asked about, and its errors, count for nothing', () => {
  const some = [
    labelled('all', { unsafe: true, verdict: 'unsafe' }),
    labelled('all', { unsafe: false, verdict: 'safe' }),
    labelled('all', { unsafe: true, verdict: 'error' }),
  ];
  const { judges } = selectionOf(
    [...some.map(({ candidate }) => candidate), ...unlabelled('elsewhere', 9, 'travel')],
    some.map(({ judged }) => judged),
    ['a', 'never asked'],
  );
  expect(judges[0]).toMatchObject({ missing: [], weighted: { sensitivity: 1, specificity: 1 } });
  expect(judges[1]).toMatchObject({ missing: [], weighted: null });
});
