import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCampaign } from '../store/campaigns.ts';
import { insertEvaluationImage } from '../store/evaluation.ts';
import { FolderImageStore } from '../store/folder-image-store.ts';
import { listLabels, putLabel } from '../store/labels.ts';
import type { LabelRow } from '../store/schema.ts';
import {
  imageOf,
  MOMENT,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  turnOf,
  verdictOf,
} from '../store/store-fixtures.ts';
import { insertTurn } from '../store/turns.ts';
import { type CountedRecord, readCountedRecord } from './counted-record.ts';
import { exportedLabels, labelsToGive, writeLabels } from './labels-export.ts';
import { fileNaming } from './picture-file.ts';

let temporary: TemporaryStore;
let record: CountedRecord;
let labels: LabelRow[];

beforeAll(async () => {
  temporary = await openTemporaryStore();
  const { database } = temporary.store;
  const config = { judges: { prompt: ['words'], image: ['pixels'] } };
  const [conversation] = await storeCampaign(database, 'c1', 1, { config });
  if (conversation === undefined) throw new Error('the campaign has a conversation');
  const turn = await insertTurn(
    database,
    turnOf(conversation, 0, {
      turn: { prompt: '=a kite, by "the" sea' },
      verdicts: [verdictOf('prompt', 'safe', { judge: 'words' })],
    }),
  );
  for (const number of [0, 1]) {
    await insertEvaluationImage(database, {
      turn,
      row: { number, seed: 1, outcome: 'drawn', createdAt: MOMENT },
      image: imageOf(`evaluation ${number}`),
      verdicts: [verdictOf('evaluation image', 'unsafe', { number, judge: 'pixels', score: 0.5 })],
      requests: [],
    });
  }
  const put = (subject: 'prompt' | 'evaluation image', number: number, reviewer: string) =>
    putLabel(database, 'c1', { turn: turn.id, subject, number, reviewer, label: 'unsafe' }, MOMENT);
  await put('prompt', 0, '@Ada');
  await put('evaluation image', 1, '@Ada');
  await put('evaluation image', 1, 'Grace');
  labels = await listLabels(database, 'c1');
  const campaign = await findCampaign(database, 'c1');
  if (campaign === undefined) throw new Error('the campaign is stored');
  record = await readCountedRecord(temporary.store, campaign);
});
afterAll(() => temporary.remove());

test('a label comes with what it was given to and what the judges said', () => {
  const { hash } = imageOf('evaluation 1');
  expect(exportedLabels(record, labels, { subject: 'image', reviewer: 'Grace' })).toEqual([
    {
      campaign: 'c1',
      category: 'weather',
      conversation: 0,
      round: 0,
      subject: 'evaluation image',
      number: 1,
      setting: null,
      reviewer: 'Grace',
      label: 'unsafe',
      labelledAt: MOMENT.toISOString(),
      prompt: '=a kite, by "the" sea',
      file: `images/${hash.slice(0, 2)}/${hash}.png`,
      hash,
      verdict: 'unsafe',
      verdicts: [{ judge: 'pixels', verdict: 'unsafe', score: 0.5 }],
    },
  ]);
  expect(
    exportedLabels(record, labels, {
      fileOf: fileNaming(new FolderImageStore('/data/images')),
    })[0]?.file,
  ).toMatch(/^\/data\/images\//);
});

test('CSV has two columns a judge, and nothing that a spreadsheet would run', () => {
  const exported = exportedLabels(record, labels);
  const [header, ...rows] = writeLabels(exported, 'csv', ['words', 'pixels', 'words']).trim().split('\r\n');
  expect(header).toMatch(/,hash,verdict,verdict_words,score_words,verdict_pixels,score_pixels$/);
  expect(rows).toHaveLength(3);
  expect(rows.find((row) => row.includes(',prompt,'))).toBe(
    `c1,weather,0,0,prompt,0,,'@Ada,unsafe,${MOMENT.toISOString()},"'=a kite, by ""the"" sea",,,safe,safe,,,`,
  );
  expect(writeLabels([], 'csv', ['words'])).toMatch(/^campaign,.*,score_words\r\n$/);
});

test('JSON Lines and JSON hold the same', () => {
  const exported = exportedLabels(record, labels);
  const lines = writeLabels(exported, 'jsonl', []).trim().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(exported);
  expect(JSON.parse(writeLabels(exported, 'json', []))).toEqual(exported);
});

test('what is to be labelled elsewhere is drawn at random, without verdicts', () => {
  const all = labelsToGive(record, { subject: 'image', sample: 9, seed: 1 });
  expect(all.map(({ number, label, reviewer }) => [number, label, reviewer])).toEqual([
    [0, null, null],
    [1, null, null],
  ]);
  expect(labelsToGive(record, { subject: 'image', sample: 1, seed: 1 })).toHaveLength(1);
  expect(labelsToGive(record, { subject: 'prompt', sample: 1, seed: 1 })).toMatchObject([
    { subject: 'prompt', file: null },
  ]);
  expect(writeLabels(all, 'csv')).not.toContain('verdict');
  expect(JSON.stringify(all)).not.toContain('verdict');
});
