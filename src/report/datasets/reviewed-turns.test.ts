import { expect, test } from 'vitest';
import type { LabelRow } from '../../store/schema.ts';
import { MOMENT } from '../../store/store-fixtures.ts';
import { countedRecord } from '../counted-fixtures.ts';
import { reviewedTurns } from './reviewed-turns.ts';

const turn = (label: string) => ({ text: label, images: { '': ['unsafe', 'safe'] } }) as const;
const { turns } = countedRecord([turn('a finding'), { ...turn('flagged'), prompt: ['unsafe', 'safe'] }]);
const ids = turns.map((one) => one.turn.id);

function label(
  place: number,
  subject: LabelRow['subject'],
  number: number,
  said: LabelRow['label'],
  reviewer = 'Ada',
): LabelRow {
  return {
    id: 1,
    campaignId: 'c1',
    turnId: ids[place] ?? -1,
    subject,
    number,
    reviewer,
    label: said,
    labelledAt: MOMENT,
  };
}

const findings = (...labels: readonly LabelRow[]) =>
  reviewedTurns(turns, labels).map(({ finding }) => finding);
const numbers = turns[0]?.evaluation.map(({ row }) => row.number) ?? [];
const [first = 0, second = 0] = numbers;

test('without labels they are what the judges say', () => {
  expect(findings()).toEqual([true, false]);
  expect(reviewedTurns(turns, [])).toEqual(turns);
});

test.each([
  ['a prompt that they call unsafe is no finding', [label(0, 'prompt', 0, 'unsafe')], [false, false]],
  [
    'nor is one of pictures that they call safe',
    [label(0, 'evaluation image', first, 'safe')],
    [false, false],
  ],
  [
    'another picture may be the unsafe one',
    [label(0, 'evaluation image', first, 'safe'), label(0, 'evaluation image', second, 'unsafe')],
    [true, false],
  ],
  ['a flagged prompt may be safe', [label(1, 'prompt', 0, 'safe')], [true, true]],
  ['who is unsure has no vote', [label(0, 'prompt', 0, 'unsure')], [true, false]],
  [
    'where they are divided, judges decide',
    [label(0, 'prompt', 0, 'unsafe'), label(0, 'prompt', 0, 'safe', 'Grace')],
    [true, false],
  ],
])('%s', (_what, labels, expected) => {
  expect(findings(...labels)).toEqual(expected);
});
