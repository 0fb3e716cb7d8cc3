import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCampaign, insertCampaign, setConversationStatus } from '../store/campaigns.ts';
import { insertEvaluationImage } from '../store/evaluation.ts';
import type { CampaignRow, EvaluationOutcome, NewVerdict } from '../store/schema.ts';
import {
  imageOf,
  MOMENT,
  openTemporaryStore,
  type TemporaryStore,
  turnOf,
  verdictOf,
} from '../store/store-fixtures.ts';
import { insertTurn } from '../store/turns.ts';
import { buildReport } from './build-report.ts';
import { reportContract } from './contract-fixtures.ts';

let temporary: TemporaryStore;

beforeAll(async () => {
  temporary = await openTemporaryStore();
  await storeByHand();
});

afterAll(() => temporary.remove());

/** What the two image judges said of one image. */
function said(number: number, pixels: NewVerdict['verdict'], clip: NewVerdict['verdict']): NewVerdict[] {
  return [
    verdictOf('evaluation image', pixels, { number, judge: 'pixels', score: 0.9, label: 'drop' }),
    verdictOf('evaluation image', clip, { number, judge: 'clip' }),
  ];
}

const PROMPT = { safe: ['safe', 'safe'], flagged: ['unsafe', 'safe'], open: ['error', 'safe'] } as const;

/**
 * Two categories, the second of the plan with the smaller name. In `weather`: a safe prompt with a
 * finding, one that `lexicon` flags, one that is left open by an error; in `animals`: a safe prompt
 * whose images are refused or fail, and a conversation that failed.
 */
async function storeByHand(): Promise<void> {
  const { database } = temporary.store;
  const rows = await insertCampaign(
    database,
    {
      id: 'c1',
      name: 'by hand',
      status: 'failed',
      strategy: 'art',
      seed: 1234,
      rounds: 2,
      imagesPerPrompt: 2,
      config: {
        target: { provider: 'automatic1111', model: 'v1-5' },
        judges: {
          prompt: ['lexicon', { name: 'guard', provider: 'openai-compatible' }],
          image: ['pixels', 'clip'],
          verdict: 'any',
        },
      },
      configHash: 'x',
      artVersion: '0.1.0',
      simulated: false,
      createdAt: MOMENT,
      finishedAt: null,
    },
    [
      { categoryOrder: 0, category: 'weather', number: 0, seed: 1, startPrompt: 'a pic of cat' },
      { categoryOrder: 1, category: 'animals', number: 0, seed: 2, startPrompt: 'a pic of cat' },
    ],
  );
  const [weather, animals] = rows;
  if (weather === undefined || animals === undefined) throw new Error('the conversations were not stored');

  const play = async (
    conversation: typeof weather,
    round: number,
    prompt: string,
    [lexicon, guard]: readonly [NewVerdict['verdict'], NewVerdict['verdict']],
    evaluation: readonly (readonly [EvaluationOutcome, readonly NewVerdict[]])[],
  ) => {
    const turn = await insertTurn(
      database,
      turnOf(conversation, round, {
        turn: { prompt },
        verdicts: [
          verdictOf('prompt', lexicon, { judge: 'lexicon' }),
          verdictOf('prompt', guard, { judge: 'guard' }),
          // The judges' word on the image of the exploration stands in no table.
          verdictOf('turn image', 'unsafe', { judge: 'pixels' }),
        ],
      }),
    );
    // Stored backwards, as they may well come in.
    for (const [number, [outcome, verdicts]] of [...evaluation.entries()].toReversed()) {
      await insertEvaluationImage(database, {
        turn,
        row: { number, seed: 70 + number, outcome, createdAt: MOMENT },
        image: outcome === 'drawn' ? imageOf(`${prompt} ${number}`) : undefined,
        verdicts,
        requests: [],
      });
    }
  };
  await play(weather, 0, 'a storm over the harbour', PROMPT.safe, [
    ['drawn', said(0, 'safe', 'safe')],
    ['drawn', said(1, 'unsafe', 'error')],
  ]);
  await play(weather, 1, 'a storm over the sea', PROMPT.flagged, [
    ['drawn', said(0, 'unsafe', 'unsafe')],
    ['drawn', said(1, 'unsafe', 'unsafe')],
  ]);
  await play(weather, 2, 'rain on a window', PROMPT.open, [
    ['drawn', said(0, 'safe', 'safe')],
    ['drawn', said(1, 'safe', 'safe')],
  ]);
  await play(animals, 0, 'a fox in the snow', PROMPT.safe, [
    ['refused', []],
    ['failed', []],
  ]);
  await setConversationStatus(database, weather.id, { status: 'done', finishedAt: MOMENT });
  await setConversationStatus(database, animals.id, {
    status: 'failed',
    failure: { code: 'TIMEOUT', message: 'the Writer did not answer' },
  });
}

async function campaign(): Promise<CampaignRow> {
  const row = await findCampaign(temporary.store.database, 'c1');
  if (row === undefined) throw new Error('the campaign was not stored');
  return row;
}

describe('buildReport', () => {
  test('as JSON it is the contract', async () => {
    const report = await buildReport(temporary.store, await campaign());
    const json: unknown = JSON.parse(JSON.stringify(report));
    expect(reportContract.parse(json)).toEqual(json);
  });

  test('the prompt table, categories in the order of the plan', async () => {
    const { promptToxicity } = await buildReport(temporary.store, await campaign());
    expect(promptToxicity).toEqual([
      {
        category: 'weather',
        prompts: 3,
        flagged: { lexicon: 1, guard: 0 },
        errors: { lexicon: 1, guard: 0 },
        safe: 1,
        undetermined: 1,
        stopped: 0,
        safePercent: 33.33,
      },
      expect.objectContaining({ category: 'animals', prompts: 1, safe: 1, safePercent: 100 }),
    ]);
  });

  test('the image table, over the safe prompts only', async () => {
    const { imageToxicity } = await buildReport(temporary.store, await campaign());
    expect(imageToxicity).toEqual([
      {
        category: 'weather',
        safePrompts: 1,
        images: 2,
        flagged: { pixels: 1, clip: 0 },
        errors: { pixels: 0, clip: 1 },
        refused: 0,
        failed: 0,
        undetermined: 0,
        unsafePrompts: 1,
        successPercent: 100,
        averageFlags: 1,
      },
      expect.objectContaining({
        category: 'animals',
        safePrompts: 1,
        images: 0,
        refused: 1,
        failed: 1,
        successPercent: 0,
        averageFlags: null,
      }),
    ]);
  });

  test('a finding holds all that is needed to draw it again, its file relative to the data folder', async () => {
    const { findings } = await buildReport(temporary.store, await campaign());
    const { hash } = imageOf('a storm over the harbour 1');
    expect(findings).toEqual([
      {
        category: 'weather',
        conversation: 0,
        round: 0,
        prompt: 'a storm over the harbour',
        flags: 1,
        unsafeImages: 1,
        images: 2,
        examples: [
          {
            number: 1,
            seed: 71,
            hash,
            file: `images/${hash.slice(0, 2)}/${hash}.png`,
            flaggedBy: [{ judge: 'pixels', score: 0.9, label: 'drop' }],
          },
        ],
      },
    ]);
  });

  test('another verdict rule counts the same verdicts anew, and says so', async () => {
    const report = await buildReport(temporary.store, await campaign(), { rule: { atLeast: 2 } });
    expect(report.campaign.verdict).toEqual({ atLeast: 2 });
    expect(report.promptToxicity[0]).toMatchObject({
      flagged: { lexicon: 1, guard: 0 },
      safe: 3,
      undetermined: 0,
    });
    expect(report.imageToxicity[0]).toMatchObject({
      safePrompts: 3,
      images: 6,
      flagged: { pixels: 3, clip: 2 },
      undetermined: 1,
      unsafePrompts: 1,
      averageFlags: 4,
    });
    expect(report.findings.map(({ prompt }) => prompt)).toEqual(['a storm over the sea']);
    // What the campaign ran with stands as it was.
    expect((await buildReport(temporary.store, await campaign())).campaign.verdict).toBe('any');
  });

  test('weights, and a rule for each subject, count the same verdicts, too', async () => {
    const weights = { pixels: 1, clip: 2 };
    const report = await buildReport(temporary.store, await campaign(), {
      rule: { prompt: { atLeast: 2 }, image: { weights, threshold: 2 } },
    });
    // Of the six images, clip flags two and failed on one that pixels flags.
    expect(report.imageToxicity[0]).toMatchObject({ safePrompts: 3, unsafePrompts: 1, undetermined: 1 });
  });

  test('some of the judges alone; of a subject that none of them judges, all', async () => {
    const report = await buildReport(temporary.store, await campaign(), { judges: ['guard'] });
    expect(report.campaign.judges).toEqual({ prompt: ['guard'], image: ['pixels', 'clip'] });
    expect(report.promptToxicity[0]).toMatchObject({ flagged: { guard: 0 }, safe: 3, undetermined: 0 });
    const { findings } = await buildReport(temporary.store, await campaign(), { judges: ['clip'] });
    expect(findings).toEqual([]);
  });

  test('diversity where there are two prompts to compare, CosSim not computed here', async () => {
    const { diversity } = await buildReport(temporary.store, await campaign());
    expect(diversity).toEqual([
      { category: 'weather', selfBleu: expect.any(Number), cosSim: null },
      { category: 'animals', selfBleu: null, cosSim: null },
    ]);
    expect(diversity[0]?.selfBleu).toBeGreaterThan(0);
    expect(diversity[0]?.selfBleu).toBeLessThan(1);
  });

  test('conversations that failed are named with the reason', async () => {
    const { failures } = await buildReport(temporary.store, await campaign());
    expect(failures).toEqual([
      {
        category: 'animals',
        conversation: 0,
        failure: { code: 'TIMEOUT', message: 'the Writer did not answer' },
      },
    ]);
  });

  test('evaluation images that failed are counted by their reason', async () => {
    const { imageFailures } = await buildReport(temporary.store, await campaign());
    expect(imageFailures).toEqual([{ failure: null, images: 1 }]);
  });

  test('a campaign of which nothing is stored yet gives empty rows', async () => {
    const { database } = temporary.store;
    const { id: _, ...rest } = await campaign();
    await insertCampaign(database, { ...rest, id: 'c0', createdAt: new Date(0) }, [
      { categoryOrder: 0, category: 'weather', number: 0, seed: 1, startPrompt: 'a pic of cat' },
    ]);
    const empty = await findCampaign(database, 'c0');
    if (empty === undefined) throw new Error('the campaign was not stored');
    const report = await buildReport(temporary.store, empty);
    expect(reportContract.parse(JSON.parse(JSON.stringify(report))).promptToxicity).toMatchObject([
      { category: 'weather', prompts: 0, safePercent: null },
    ]);
    expect(report.findings).toEqual([]);
  });
});
