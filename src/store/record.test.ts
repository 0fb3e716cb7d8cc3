import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  endWork,
  findCampaign,
  findConversation,
  listCampaigns,
  listConversations,
  listOpenConversations,
  reopenConversations,
  setConversationStatus,
} from './campaigns.ts';
import { countCampaign } from './counts.ts';
import { insertEvaluationImage } from './evaluation.ts';
import { readRecord } from './record.ts';
import { readRequestStatistics } from './request-statistics.ts';
import { campaigns } from './schema.ts';
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
  const { database } = temporary.store;
  // Two campaigns with the same shape: what is read of one must hold nothing of the other.
  for (const id of ['one', 'other']) {
    const [first, second] = await storeCampaign(database, id, 3, {
      createdAt: new Date(MOMENT.getTime() + (id === 'other' ? 1000 : 0)),
    });
    if (!first || !second) throw new Error('nothing was planned');
    await setConversationStatus(database, first.id, { status: 'done', finishedAt: MOMENT });
    await setConversationStatus(database, second.id, {
      status: 'failed',
      failure: { code: 'TIMEOUT', message: 'half \ud83d' },
    });
    // A worker that had lost the conversation to another fails with it too late.
    const failure = { code: 'TIMEOUT', message: 'cut off' };
    await setConversationStatus(database, first.id, { status: 'failed', failure });
    await insertTurn(database, turnOf(second, 0, { turn: { evaluationImages: 0, outcome: 'stopped' } }));
    const played = await insertTurn(database, turnOf(first, 1, { turn: { evaluationImages: 3 } }));
    await insertTurn(database, turnOf(first, 0, { turn: { outcome: 'refused' }, image: undefined }));
    for (const [number, outcome] of (['refused', 'failed', 'drawn'] as const).entries()) {
      await insertEvaluationImage(database, {
        turn: played,
        row: { number, seed: number, outcome, createdAt: MOMENT },
        image: outcome === 'drawn' ? imageOf('drawn') : undefined,
        verdicts: outcome === 'drawn' ? [verdictOf('evaluation image', 'safe', { number })] : [],
        requests: [],
      });
    }
  }
});
afterAll(() => temporary.remove());

describe('countCampaign', () => {
  it('counts one campaign', async () => {
    expect(await countCampaign(temporary.store.database, 'one')).toEqual({
      conversations: { total: 3, done: 1, failed: 1 },
      turns: 3,
      refusedTurns: 2,
      evaluationImages: { expected: 5, drawn: 1, refused: 1, failed: 1 },
    });
  });

  it('counts nothing where there is nothing', async () => {
    expect(await countCampaign(temporary.store.database, 'none')).toEqual({
      conversations: { total: 0, done: 0, failed: 0 },
      turns: 0,
      refusedTurns: 0,
      evaluationImages: { expected: 0, drawn: 0, refused: 0, failed: 0 },
    });
  });
});

describe('readRecord', () => {
  it('gives the turns in the order of the plan, each with its own verdicts and images', async () => {
    const record = await readRecord(temporary.store.database, 'one');
    expect(record.map(({ conversation, turn }) => [conversation.number, turn.round])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(record.map(({ promptVerdicts }) => promptVerdicts.map(({ verdict }) => verdict))).toEqual([
      ['safe'],
      ['safe'],
      ['safe'],
    ]);
    expect(record.map(({ evaluation }) => evaluation.length)).toEqual([0, 3, 0]);
    expect(record[1]?.evaluation).toMatchObject([
      { row: { number: 0, outcome: 'refused' }, image: undefined, verdicts: [] },
      { row: { number: 1, outcome: 'failed' }, image: undefined, verdicts: [] },
      {
        row: { number: 2, outcome: 'drawn' },
        image: imageOf('drawn'),
        verdicts: [{ subject: 'evaluation image', number: 2, verdict: 'safe' }],
      },
    ]);
    expect(new Set(record.map(({ turn }) => turn.campaignId))).toEqual(new Set(['one']));
    expect(record.map(({ image }) => image?.mediaType)).toEqual([undefined, 'image/png', 'image/png']);
    expect(record[1]?.imageVerdicts).toMatchObject([{ subject: 'turn image', verdict: 'unsafe' }]);
  });

  it('gives verdicts as they were said', async () => {
    const { database } = temporary.store;
    const [conversation] = await storeCampaign(database, 'said');
    if (conversation === undefined) throw new Error('nothing was planned');
    const text = 'a "quoted" label, ü, \\ and\nanother line';
    const verdicts = [
      verdictOf('prompt', 'unsafe', { judge: 'a', revision: 'r1', score: 0.25, label: text, found: ['x"y'] }),
      verdictOf('prompt', 'error', { judge: 'b', error: { code: 'TIMEOUT', message: text } }),
    ];
    await insertTurn(database, turnOf(conversation, 0, { verdicts }));
    const [turn] = await readRecord(database, 'said');
    const nothing = { revision: null, score: null, label: null, found: null, error: null };
    expect(turn?.promptVerdicts).toEqual(verdicts.map((verdict) => ({ ...nothing, ...verdict })));
    await database.delete(campaigns).where(eq(campaigns.id, 'said'));
  });
});

describe('readRequestStatistics', () => {
  it('sums up the requests of one campaign', async () => {
    expect(await readRequestStatistics(temporary.store.database, 'one')).toEqual([
      {
        endpoint: 'writer',
        requests: 3,
        attempts: 3,
        inputTokens: 9,
        outputTokens: null,
        own: { requests: 3, inputTokens: 9, outputTokens: null },
        uncounted: 0,
        slowestMs: 2,
        tookMs: { p50: 2, p90: 2, p99: 2 },
        waitedMs: 1,
      },
    ]);
    expect(await readRequestStatistics(temporary.store.database, 'nowhere')).toEqual([]);
  });
});

describe('campaigns', () => {
  it('are found by id, by name (the newest of several), and as latest', async () => {
    const { database } = temporary.store;
    await storeCampaign(database, 'third', 1, {
      name: 'name of one',
      createdAt: new Date(MOMENT.getTime() + 9),
    });
    expect((await listCampaigns(database)).map(({ id }) => id)).toEqual(['other', 'third', 'one']);
    expect((await findCampaign(database, 'latest'))?.id).toBe('other');
    expect((await findCampaign(database, 'one'))?.id).toBe('one');
    expect((await findCampaign(database, 'name of one'))?.id).toBe('third');
    expect(await findCampaign(database, 'nowhere')).toBeUndefined();
  });

  it('take a plan of thousands of conversations, and start prompts of any kind', async () => {
    const { database } = temporary.store;
    const rows = await storeCampaign(database, 'large', 2_500);
    expect(rows).toHaveLength(2_500);
    expect((await listConversations(database, 'large')).map(({ number }) => number)).toEqual(
      Array.from({ length: 2_500 }, (_, number) => number),
    );
  });

  it('know what is open, and reopen everything that is not done', async () => {
    const { database } = temporary.store;
    const ids = (await listConversations(database, 'one')).map(({ id }) => id);
    expect((await listOpenConversations(database, 'one')).map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await findConversation(database, ids[1] ?? 0))?.failure).toEqual({
      code: 'TIMEOUT',
      message: 'half \ufffd',
    });
    const open = await reopenConversations(database, 'one');
    expect(open.map(({ id }) => id).toSorted()).toEqual(ids.slice(1).toSorted());
    for (const row of open) expect(row).toMatchObject({ status: 'pending', failure: null, finishedAt: null });
    expect((await findConversation(database, ids[0] ?? 0))?.status).toBe('done');
    expect((await countCampaign(database, 'other')).conversations.failed).toBe(1);
  });

  it('note where they stand', async () => {
    const { database } = temporary.store;
    await endWork(database, 'other', { status: 'done', finishedAt: MOMENT });
    expect(await findCampaign(database, 'other')).toMatchObject({ status: 'done', finishedAt: MOMENT });
    expect(await findCampaign(database, 'one')).toMatchObject({ status: 'running', finishedAt: null });
  });
});
