import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCampaign } from '../store/campaigns.ts';
import { insertEvaluationImage } from '../store/evaluation.ts';
import { putMeasurements } from '../store/judge-measurements.ts';
import { putLabel } from '../store/labels.ts';
import { insertPromptEmbeddings, promptHash } from '../store/prompt-embeddings.ts';
import type { CampaignRow, NewRequest } from '../store/schema.ts';
import {
  MOMENT,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  turnOf,
  verdictOf,
} from '../store/store-fixtures.ts';
import { insertTurn } from '../store/turns.ts';
import { buildReport } from './build-report.ts';
import { reportContract } from './contract-fixtures.ts';
import { readCountedRecord } from './counted-record.ts';

let temporary: TemporaryStore;

beforeAll(async () => {
  temporary = await openTemporaryStore();
  await storeByHand();
});

afterAll(() => temporary.remove());

function request(endpoint: string, tookMs: number, more: Partial<NewRequest> = {}): NewRequest {
  return { endpoint, waitedMs: 1, tookMs, attempts: 1, inputTokens: null, outputTokens: null, ...more };
}

const CONFIG = {
  target: {
    provider: 'automatic1111',
    size: '512x512',
    guidance: 7.5,
    price: { perRequest: 0.01, currency: 'EUR' },
  },
  writer: { price: { perMillionInputTokens: 2, perMillionOutputTokens: 10, currency: 'USD' } },
  guide: { price: { perMillionInputTokens: 2, currency: 'USD' } },
  judges: {
    prompt: [{ name: 'guard', price: { perRequest: 0.001, currency: 'USD' } }],
    image: ['pixels'],
    verdict: 'any',
  },
  sweep: { guidance: [2.5] },
};

/** Two prompts of a sweep without pictures, as imported results are: the second fails at its judge. */
async function storeByHand(): Promise<void> {
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, 'c1', 1, { config: CONFIG });
  if (conversation === undefined) throw new Error('the conversation was not stored');
  for (const [round, said] of (['safe', 'error'] as const).entries()) {
    const turn = await insertTurn(
      database,
      turnOf(conversation, round, {
        image: undefined,
        turn: { prompt: `prompt ${round}`, createdAt: new Date(MOMENT.getTime() + 1_000 * round) },
        verdicts: [verdictOf('prompt', said, { judge: 'guard', revision: 'r1' })],
        requests: [
          request('writer', 100 * (round + 1), { inputTokens: 300_000, outputTokens: 10_000, attempts: 2 }),
          request('guide', 5),
          request('guard', 7),
        ],
      }),
    );
    for (const [number, setting] of [null, null, 'guidance=2.5', 'guidance=2.5'].entries()) {
      await insertEvaluationImage(database, {
        turn,
        row: {
          number,
          seed: number,
          setting,
          outcome: number === 3 ? 'refused' : 'drawn',
          createdAt: new Date(MOMENT.getTime() + 20_000),
        },
        image: undefined,
        verdicts:
          number === 3
            ? []
            : [verdictOf('evaluation image', number === 1 ? 'unsafe' : 'safe', { number, judge: 'pixels' })],
        requests: [request('target', 1_000 + number)],
      });
    }
  }
}

async function campaign(): Promise<CampaignRow> {
  const row = await findCampaign(temporary.store.database, 'c1');
  if (row === undefined) throw new Error('the campaign was not stored');
  return row;
}

describe('buildReport', () => {
  test('what the campaign took, by endpoint and for each finding', async () => {
    const { usage } = await buildReport(temporary.store, await campaign());
    expect(usage).toEqual({
      endpoints: [
        {
          endpoint: 'writer',
          requests: 2,
          attempts: 4,
          inputTokens: 600_000,
          outputTokens: 20_000,
          latencyMs: { p50: 150, p90: 190, p99: 199 },
          waitedMs: 1,
          cost: { amount: 1.4, currency: 'USD' },
        },
        // Its price is of tokens, which it did not count.
        expect.objectContaining({ endpoint: 'guide', inputTokens: null, cost: null }),
        expect.objectContaining({ endpoint: 'target', requests: 8, cost: { amount: 0.08, currency: 'EUR' } }),
        expect.objectContaining({ endpoint: 'guard', cost: { amount: 0.002, currency: 'USD' } }),
      ],
      refusedPrompts: 0,
      refusedImages: 2,
      seconds: 20,
      // Without the four images of the sweep's other setting, whose time cannot be told apart.
      perFinding: {
        requests: 10,
        seconds: null,
        tokens: 620_000,
        cost: [
          { amount: 1.402, currency: 'USD' },
          { amount: 0.04, currency: 'EUR' },
        ],
        // The Guide counts no tokens, by which it is priced.
        atLeast: ['tokens', 'cost'],
      },
    });
  });

  test('the time of a campaign that went on the next day is that of both days’ work', async () => {
    const { database } = temporary.store;
    const [conversation] = await storeCampaign(database, 'paused');
    if (conversation === undefined) throw new Error('the conversation was not stored');
    for (const [round, seconds] of [0, 30, 86_400, 86_412].entries()) {
      const createdAt = new Date(MOMENT.getTime() + 1_000 * seconds);
      await insertTurn(
        database,
        turnOf(conversation, round, { turn: { createdAt }, requests: [request('writer', 5)] }),
      );
    }
    const paused = await findCampaign(database, 'paused');
    if (paused === undefined) throw new Error('the campaign was not stored');
    expect((await buildReport(temporary.store, paused)).usage?.seconds).toBe(42);
  });

  test('nothing of that where nothing was asked', async () => {
    const { database } = temporary.store;
    const [conversation] = await storeCampaign(database, 'imported');
    if (conversation === undefined) throw new Error('the conversation was not stored');
    await insertTurn(database, turnOf(conversation, 0, { requests: [] }));
    const imported = await findCampaign(database, 'imported');
    if (imported === undefined) throw new Error('the campaign was not stored');
    expect(await buildReport(temporary.store, imported)).not.toHaveProperty('usage');
  });

  test('a finding without a picture, of the own setting alone', async () => {
    const report = await buildReport(temporary.store, await campaign());
    expect(report.findings).toMatchObject([
      { round: 0, images: 2, unsafeImages: 1, examples: [{ number: 1, hash: null, file: null }] },
    ]);
    expect(report.imageToxicity[0]).toMatchObject({ images: 2, refused: 0, unsafePrompts: 1 });
    expect(report.settings.filter(({ category }) => category === null)).toMatchObject([
      { value: '2.5', own: false, images: 1, success: { count: 0, of: 1 } },
      { value: '7.5', own: true, images: 2, success: { count: 1, of: 1 } },
    ]);
  });

  test('errors as the published code counts them, and says so', async () => {
    const shown = await buildReport(temporary.store, await campaign());
    expect(shown).not.toHaveProperty('errors');
    expect(shown.promptToxicity[0]).toMatchObject({ undetermined: 1, safe: 1, flagged: { guard: 0 } });
    const published = await buildReport(temporary.store, await campaign(), { errors: 'as-published' });
    expect(published.errors).toBe('as-published');
    expect(published.promptToxicity[0]).toMatchObject({ undetermined: 0, safe: 1, flagged: { guard: 1 } });
    const { turns } = await readCountedRecord(temporary.store, await campaign(), { errors: 'as-published' });
    // What the judge said stays as it was.
    expect(turns[1]).toMatchObject({ promptVerdict: 'unsafe', promptVerdicts: [{ verdict: 'error' }] });
  });

  test('labels, measurements and embeddings where there are any; as JSON it is the contract', async () => {
    const { database } = temporary.store;
    const before = await buildReport(temporary.store, await campaign());
    expect(before).not.toHaveProperty('review');
    expect(before).not.toHaveProperty('corrected');
    expect(before.diversity).toMatchObject([{ cosSim: null }]);

    const { turns } = await readCountedRecord(temporary.store, await campaign());
    const given = { turn: turns[0]?.turn.id ?? 0, reviewer: 'ana', label: 'safe' } as const;
    await putLabel(database, 'c1', { ...given, subject: 'prompt', number: 0 }, MOMENT);
    await putLabel(database, 'c1', { ...given, subject: 'evaluation image', number: 1 }, MOMENT);
    const matrix = { truePositives: 8, falseNegatives: 2, trueNegatives: 9, falsePositives: 1 };
    await putMeasurements(database, [
      { judge: 'guard', subject: 'prompt', revision: 'r1', data: 'a.csv', measuredAt: MOMENT, ...matrix },
    ]);
    const vectors = new Map([
      [promptHash('prompt 0'), Float32Array.of(1, 0)],
      [promptHash('prompt 1'), Float32Array.of(1, 1)],
    ]);
    await insertPromptEmbeddings(database, {
      revision: 'tiny',
      embedder: 'tiny one',
      vectors,
      embeddedAt: new Date(0),
    });

    const report = await buildReport(temporary.store, await campaign());
    expect(report.review?.againstVerdict).toMatchObject([
      { subject: 'prompt', compared: 1, agreed: 1, falsePositives: 0, falseNegatives: 0 },
      { subject: 'image', compared: 1, agreed: 0, falsePositives: 1, falseNegatives: 0 },
    ]);
    expect(report.corrected).toMatchObject([
      { category: 'weather', judge: 'guard', apparent: { count: 0, of: 1 }, measured: { data: 'a.csv' } },
      { category: null },
    ]);
    expect(report.diversity).toMatchObject([{ category: 'weather', cosSim: 0.292893 }]);
    expect(report.embedder).toEqual({ name: 'tiny one', revision: 'tiny' });
    const json: unknown = JSON.parse(JSON.stringify(report));
    expect(reportContract.parse(json)).toEqual(json);
  });
});
