import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertEvaluationImage } from './evaluation.ts';
import { type GivenLabel, listLabels, putLabel } from './labels.ts';
import {
  imageOf,
  MOMENT,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  turnOf,
} from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

let temporary: TemporaryStore;
/** The turns' ids: one that was drawn, one that was refused. */
let drawn = 0;
let refused = 0;

const LATER = new Date(MOMENT.getTime() + 60_000);

beforeAll(async () => {
  temporary = await openTemporaryStore();
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, 'c1');
  await storeCampaign(database, 'c2');
  if (conversation === undefined) throw new Error('the campaign has a conversation');
  const first = await insertTurn(database, turnOf(conversation, 0));
  const second = await insertTurn(
    database,
    turnOf(conversation, 1, { image: undefined, turn: { outcome: 'refused' } }),
  );
  [drawn, refused] = [first.id, second.id];
  for (const [number, outcome] of ['drawn', 'failed'].entries()) {
    await insertEvaluationImage(database, {
      turn: first,
      row: { number, seed: 1, outcome: outcome === 'drawn' ? 'drawn' : 'failed', createdAt: MOMENT },
      image: outcome === 'drawn' ? imageOf('evaluation') : undefined,
      verdicts: [],
      requests: [],
    });
  }
});

afterAll(() => temporary.remove());

const prompt = (more: Partial<GivenLabel> = {}): GivenLabel => ({
  turn: drawn,
  subject: 'prompt',
  number: 0,
  reviewer: 'Ada',
  label: 'safe',
  ...more,
});

const stored = async () =>
  (await listLabels(temporary.store.database, 'c1')).map(({ turnId, subject, number, reviewer, label }) =>
    [turnId === drawn ? 'drawn' : 'refused', subject, number, reviewer, label].join(' '),
  );

test('the last word of a reviewer counts, each reviewer has one, and null takes it back', async () => {
  const { database } = temporary.store;
  await putLabel(database, 'c1', prompt(), MOMENT);
  await putLabel(database, 'c1', prompt({ label: 'unsafe' }), LATER);
  await putLabel(database, 'c1', prompt({ reviewer: ' Grace\u0000 ', label: 'unsure' }), MOMENT);
  await putLabel(database, 'c1', prompt({ subject: 'turn image' }), MOMENT);
  await putLabel(database, 'c1', prompt({ subject: 'evaluation image' }), MOMENT);
  await putLabel(database, 'c1', prompt({ turn: refused }), MOMENT);
  expect(await stored()).toEqual([
    'drawn evaluation image 0 Ada safe',
    'drawn prompt 0 Ada unsafe',
    'drawn prompt 0 Grace unsure',
    'drawn turn image 0 Ada safe',
    'refused prompt 0 Ada safe',
  ]);
  const [, changed] = await listLabels(database, 'c1');
  expect(changed?.labelledAt).toEqual(LATER);

  await putLabel(database, 'c1', prompt({ label: null }), LATER);
  await putLabel(database, 'c1', prompt({ reviewer: 'nobody', label: null }), LATER);
  expect(await stored()).not.toContain('drawn prompt 0 Ada unsafe');
  expect(await stored()).toHaveLength(4);
  expect(await listLabels(database, 'c2')).toEqual([]);
});

test.each<[string, Partial<GivenLabel>, string]>([
  ['another campaign', {}, 'c2'],
  ['no such turn', { turn: 999 }, 'c1'],
  ['a turn that is no number', { turn: 1e300 }, 'c1'],
  ['a prompt has no number', { number: 1 }, 'c1'],
  ['an evaluation image that failed', { subject: 'evaluation image', number: 1 }, 'c1'],
  ['an evaluation image of another campaign', { subject: 'evaluation image' }, 'c2'],
  ['a number too large', { subject: 'evaluation image', number: 2 ** 40 }, 'c1'],
])('what does not exist cannot be labelled: %s', async (_what, more, campaign) => {
  const put = putLabel(temporary.store.database, campaign, prompt(more), MOMENT);
  await expect(put).rejects.toMatchObject({ code: 'UNKNOWN_SUBJECT' });
});

test('an image that was refused cannot be labelled, nor anything without a name', async () => {
  const { database } = temporary.store;
  await expect(
    putLabel(database, 'c1', prompt({ turn: refused, subject: 'turn image' }), MOMENT),
  ).rejects.toMatchObject({ code: 'UNKNOWN_SUBJECT' });
  await expect(putLabel(database, 'c1', prompt({ reviewer: ' \u0000' }), MOMENT)).rejects.toMatchObject({
    code: 'INVALID_LABEL',
  });
});
