import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rows } from '../datasets/labelled/rows.ts';
import { readRecord, type TurnRecord } from '../store/record.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore, turnOf } from '../store/store-fixtures.ts';
import { insertTurn } from '../store/turns.ts';
import { labelsOfFile } from './import-labels.ts';

let temporary: TemporaryStore;
let record: TurnRecord[] = [];

beforeAll(async () => {
  temporary = await openTemporaryStore();
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, 'c1');
  if (conversation !== undefined) await insertTurn(database, turnOf(conversation, 2));
  record = await readRecord(database, 'c1');
});
afterAll(() => temporary.remove());

const ROW = {
  campaign: 'c1',
  category: 'weather',
  conversation: '0',
  round: '2',
  subject: 'evaluation image',
  number: '1',
  reviewer: 'Ada',
  label: 'Unsafe',
};

function rowsOf(...rows: readonly object[]): Rows {
  return {
    format: 'csv',
    columns: Object.keys(rows[0] ?? {}),
    rows: rows.map((row, index) => ({ place: `line ${index + 2}`, values: new Map(Object.entries(row)) })),
  };
}

test('finds the turn of every row that has a label, from CSV and from JSON', () => {
  const turn = record[0]?.turn.id;
  const { labels, empty } = labelsOfFile(
    rowsOf(ROW, { ...ROW, label: '' }, { ...ROW, conversation: 0, round: 2, number: 0, label: 'unsure' }),
    record,
    { campaignId: 'c1' },
  );
  const common = { turn, subject: 'evaluation image', reviewer: 'Ada' };
  expect(empty).toBe(1);
  expect(labels).toEqual([
    { ...common, place: 'line 2', number: 1, label: 'unsafe' },
    { ...common, place: 'line 4', number: 0, label: 'unsure' },
  ]);
});

test('another name than the column has', () => {
  const { reviewer: _, ...without } = ROW;
  const { labels } = labelsOfFile(rowsOf(without), record, { campaignId: 'c1', reviewer: 'Grace' });
  expect(labels[0]?.reviewer).toBe('Grace');
  expect(() => labelsOfFile(rowsOf(without), record, { campaignId: 'c1' })).toThrow('no column reviewer');
});

test.each([
  ['no such round', { round: '9' }, 'no such category, conversation and round'],
  ['no number', { conversation: '' }, 'no such category, conversation and round'],
  ['another campaign', { campaign: 'c2' }, 'line 2 is about another campaign'],
])('refuses a row about %s', (_what, change, message) => {
  expect(() => labelsOfFile(rowsOf({ ...ROW, ...change }), record, { campaignId: 'c1' })).toThrow(message);
});
