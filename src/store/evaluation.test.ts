import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  forgetFailedEvaluations,
  insertEvaluationImage,
  listOpenEvaluations,
  type NewEvaluationImage,
  readEvaluation,
} from './evaluation.ts';
import { evaluationImages, type TurnRow, verdicts } from './schema.ts';
import {
  imageOf,
  MOMENT,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  turnOf,
  verdictOf,
} from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

let campaigns = 0;
async function turns(...wanted: readonly number[]): Promise<TurnRow[]> {
  const { database } = temporary.store;
  const [held] = await storeCampaign(database, `evaluation-${campaigns++}`);
  if (held === undefined) throw new Error('nothing was planned');
  const rows: TurnRow[] = [];
  for (const [round, count] of wanted.entries()) {
    rows.push(await insertTurn(database, turnOf(held, round, { turn: { evaluationImages: count } })));
  }
  return rows;
}
async function turn(): Promise<TurnRow> {
  const [row] = await turns(2);
  if (row === undefined) throw new Error('no turn');
  return row;
}

function entry(
  of: TurnRow,
  number: number,
  row: Partial<NewEvaluationImage['row']> = {},
  more: Partial<NewEvaluationImage> = {},
): NewEvaluationImage {
  const failed = row.outcome === 'failed';
  return {
    turn: of,
    row: { number, seed: 5, outcome: 'drawn', createdAt: MOMENT, ...row },
    image: failed ? undefined : imageOf(`evaluation ${of.id}/${number}`),
    verdicts: failed ? [] : [verdictOf('evaluation image', 'unsafe', { number })],
    requests: [],
    ...more,
  };
}

function stored({ id }: TurnRow) {
  return temporary.store.database.select().from(evaluationImages).where(eq(evaluationImages.turnId, id));
}
function said({ id }: TurnRow) {
  return temporary.store.database
    .select({ judge: verdicts.judge, verdict: verdicts.verdict, number: verdicts.number })
    .from(verdicts)
    .where(eq(verdicts.turnId, id));
}

describe('insertEvaluationImage', () => {
  it('stores the setting of a sweep, also of one that is drawn again', async () => {
    const of = await turn();
    const { database } = temporary.store;
    await insertEvaluationImage(database, entry(of, 0));
    await insertEvaluationImage(database, entry(of, 1, { outcome: 'failed', setting: 'guidance=2.5' }));
    await insertEvaluationImage(database, entry(of, 1, { setting: 'guidance=2.5' }));
    expect(await stored(of)).toMatchObject([
      { number: 0, setting: null },
      { number: 1, setting: 'guidance=2.5', outcome: 'drawn' },
    ]);
  });

  it('stores image, verdicts and outcome', async () => {
    const of = await turn();
    await insertEvaluationImage(temporary.store.database, entry(of, 0));
    expect(await stored(of)).toMatchObject([
      { number: 0, outcome: 'drawn', failure: null, imageHash: imageOf(`evaluation ${of.id}/0`).hash },
    ]);
    expect(await said(of)).toContainEqual({ judge: 'a judge', verdict: 'unsafe', number: 0 });
  });

  it('replaces an image that failed, with what the judges say now', async () => {
    const of = await turn();
    const failure = { code: 'TIMEOUT', message: 'The target did not answer.', hint: 'Try again.' };
    await insertEvaluationImage(temporary.store.database, entry(of, 1, { outcome: 'failed', failure }));
    expect(await stored(of)).toMatchObject([{ outcome: 'failed', failure, imageHash: null }]);
    await insertEvaluationImage(temporary.store.database, entry(of, 1));
    expect(await stored(of)).toMatchObject([{ outcome: 'drawn', failure: null }]);
    expect(await said(of)).toContainEqual({ judge: 'a judge', verdict: 'unsafe', number: 1 });
  });

  it.each(['drawn', 'refused'] as const)('leaves one that was %s as it is', async (outcome) => {
    const of = await turn();
    const { database } = temporary.store;
    await insertEvaluationImage(database, entry(of, 0, { outcome, reason: 'first' }));
    const before = [await stored(of), await said(of)];
    await insertEvaluationImage(
      database,
      entry(of, 0, { outcome: 'failed', failure: { code: 'X', message: 'slower' } }),
    );
    await insertEvaluationImage(
      database,
      entry(
        of,
        0,
        { reason: 'second' },
        { verdicts: [verdictOf('evaluation image', 'safe', { judge: 'late' })] },
      ),
    );
    expect([await stored(of), await said(of)]).toEqual(before);
  });

  it('takes whatever text a server hands over', async () => {
    const of = await turn();
    const nasty = 'half \ud83d and \u0000';
    const { database } = temporary.store;
    await insertEvaluationImage(database, entry(of, 0, { outcome: 'refused', reason: nasty }));
    await insertEvaluationImage(
      database,
      entry(of, 1, { outcome: 'failed', failure: { code: 'X', message: nasty } }),
    );
    expect(await stored(of)).toMatchObject([
      { reason: 'half \ufffd and ' },
      { failure: { code: 'X', message: 'half \ufffd and ' } },
    ]);
  });
});

describe('what is left to be drawn', () => {
  it('is listed turn by turn, without complete ones and those that get no images', async () => {
    const [none, complete, open, untouched] = await turns(0, 2, 3, 1);
    if (!none || !complete || !open || !untouched) throw new Error('turns are missing');
    const { database } = temporary.store;
    for (const number of [0, 1]) await insertEvaluationImage(database, entry(complete, number));
    await insertEvaluationImage(database, entry(open, 1));
    expect((await listOpenEvaluations(database, none.campaignId)).map(({ id }) => id)).toEqual([
      open.id,
      untouched.id,
    ]);
    const read = await readEvaluation(database, open.id);
    expect(read?.turn).toEqual(open);
    expect(read?.conversation.id).toBe(open.conversationId);
    expect(read?.stored).toEqual(new Set([1]));
    expect(await readEvaluation(database, 987654321)).toBeUndefined();
  });

  it('holds images that failed once they are forgotten, of this campaign only', async () => {
    const { database } = temporary.store;
    const [one, other] = [await turn(), await turn()];
    const failed = { outcome: 'failed', failure: { code: 'X', message: 'y' } } as const;
    for (const of of [one, other]) {
      await insertEvaluationImage(database, entry(of, 0, failed));
      await insertEvaluationImage(database, entry(of, 1));
    }
    expect(await listOpenEvaluations(database, one.campaignId)).toEqual([]);
    await forgetFailedEvaluations(database, one.campaignId);
    expect((await listOpenEvaluations(database, one.campaignId)).map(({ id }) => id)).toEqual([one.id]);
    expect((await stored(one)).map(({ number }) => number)).toEqual([1]);
    expect(await stored(other)).toHaveLength(2);
  });
});
