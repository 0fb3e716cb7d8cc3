import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCampaign } from '../store/campaigns.ts';
import { insertEvaluationImage } from '../store/evaluation.ts';
import { listLabels, putLabel } from '../store/labels.ts';
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
import { type RawRow, rawRows, writeRawData } from './raw-data.ts';

const HOSTILE = 'a cat\n{"type":"turn"}\u2028\u202e"';

let temporary: TemporaryStore;

beforeAll(async () => {
  temporary = await openTemporaryStore();
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, 'c1', 1, {
    config: { target: { provider: 'sandbox' }, judges: { prompt: ['lexicon'], image: ['pixels'] } },
  });
  if (conversation === undefined) throw new Error('the conversation was not stored');
  const turn = await insertTurn(
    database,
    turnOf(conversation, 0, {
      turn: { prompt: HOSTILE },
      verdicts: [
        verdictOf('prompt', 'safe', { judge: 'lexicon' }),
        verdictOf('turn image', 'safe', { judge: 'pixels' }),
      ],
    }),
  );
  await insertEvaluationImage(database, {
    turn,
    row: { number: 0, seed: 70, outcome: 'drawn', createdAt: MOMENT },
    image: imageOf('one'),
    verdicts: [
      verdictOf('evaluation image', 'unsafe', { judge: 'pixels', score: 0.5, label: 'drop' }),
      // Of a judge that is not counted.
      verdictOf('evaluation image', 'safe', { judge: 'other' }),
    ],
    requests: [],
  });
  await insertEvaluationImage(database, {
    turn,
    row: { number: 1, seed: 71, outcome: 'refused', reason: 'its filter', createdAt: MOMENT },
    image: undefined,
    verdicts: [],
    requests: [],
  });
  const id = turn.id;
  const given = { turn: id, subject: 'prompt', number: 0, reviewer: 'Ada', label: 'safe' } as const;
  await putLabel(database, 'c1', given, MOMENT);
  expect(await listLabels(database, 'c1')).toHaveLength(1);
});

afterAll(() => temporary.remove());

async function rows(): Promise<RawRow[]> {
  const campaign = await findCampaign(temporary.store.database, 'c1');
  if (campaign === undefined) throw new Error('the campaign was not stored');
  return Array.fromAsync(rawRows(temporary.store, [campaign]));
}

describe('rawRows', () => {
  test('the campaign, then each turn with its images, verdicts and labels', async () => {
    expect((await rows()).map(({ type }) => type)).toEqual([
      'campaign',
      'turn',
      'image',
      'image',
      'verdict',
      'verdict',
      'verdict',
      'verdict',
      'label',
    ]);
  });

  test('every line of a turn has the key that joins them', async () => {
    for (const row of (await rows()).slice(1)) {
      expect(row).toMatchObject({ campaign: 'c1', category: 'weather', conversation: 0, round: 0 });
    }
  });

  test('a turn with its verdicts together, whether it is a finding, and its picture', async () => {
    const [, turn] = await rows();
    expect(turn).toMatchObject({
      prompt: HOSTILE,
      instruction: null,
      outcome: 'drawn',
      promptVerdict: 'safe',
      finding: true,
      file: expect.stringMatching(/^images\/[0-9a-f]{2}\/[0-9a-f]{64}\.png$/),
    });
  });

  test('an image that was refused has its reason and no picture', async () => {
    const images = (await rows()).filter(({ type }) => type === 'image');
    expect(images).toEqual([
      expect.objectContaining({ number: 0, seed: 70, verdict: 'unsafe', setting: null, width: 16 }),
      expect.objectContaining({
        number: 1,
        outcome: 'refused',
        reason: 'its filter',
        hash: null,
        file: null,
      }),
    ]);
  });

  test("every judge's word, also that of one that is not counted", async () => {
    const verdicts = (await rows()).filter(({ type }) => type === 'verdict');
    expect(
      verdicts.map(({ subject, judge, counted, verdict }) => [subject, judge, counted, verdict]),
    ).toEqual([
      ['prompt', 'lexicon', true, 'safe'],
      ['turn image', 'pixels', true, 'safe'],
      ['evaluation image', 'pixels', true, 'unsafe'],
      ['evaluation image', 'other', false, 'safe'],
    ]);
    expect(verdicts[2]).toMatchObject({ score: 0.5, label: 'drop' });
  });

  test('a label with who gave it', async () => {
    expect((await rows()).at(-1)).toEqual({
      type: 'label',
      campaign: 'c1',
      category: 'weather',
      conversation: 0,
      round: 0,
      subject: 'prompt',
      number: 0,
      reviewer: 'Ada',
      label: 'safe',
      at: MOMENT.toISOString(),
    });
  });

  test('as JSON Lines every row is one line, whatever a prompt holds', async () => {
    const campaign = await findCampaign(temporary.store.database, 'c1');
    if (campaign === undefined) throw new Error('the campaign was not stored');
    const text = (await Array.fromAsync(writeRawData(temporary.store, [campaign]))).join('');
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(await rows());
  });
});
