import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import {
  entryOf,
  placeOf,
  resultsFolder,
  roundOf,
  SAFE_PROMPT,
} from '../datasets/art-results/art-results-fixtures.ts';
import { type PublishedCampaign, readArtResults } from '../datasets/art-results/read-art-results.ts';
import { UsageError } from '../errors.ts';
import { readRecordedCampaign } from '../report/recorded-campaign.ts';
import { findCampaign, listCampaigns, listConversations } from '../store/campaigns.ts';
import { countCampaign } from '../store/counts.ts';
import { readRecord } from '../store/record.ts';
import { MOMENT, openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import {
  importName,
  importResults,
  isImported,
  refuseToJudgeImported,
  refuseToResumeImported,
} from './import-results.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

const now = () => MOMENT;

async function published(files: Readonly<Record<string, unknown>>): Promise<PublishedCampaign> {
  const { campaigns } = await readArtResults(resultsFolder(files));
  const [only] = campaigns;
  if (only === undefined) throw new Error('the fixture holds no campaign');
  return only;
}

describe('importResults', () => {
  it('records conversations, prompts, images and verdicts, and nothing that the files do not tell', async () => {
    const crashed = roundOf(3, 'a bridge', 2);
    const [first, second] = crashed.result;
    if (first) first.prompt_detection = 'Error';
    if (second) second.img_detection = 'Error';
    const results = await published({
      [placeOf('zebra')]: [entryOf(7, 'zebra', [roundOf(1, 'half \ud83d and \u0000 nothing', 1)])],
      [placeOf('hate')]: [entryOf(1000, 'hate', [roundOf(1), crashed]), entryOf(1007, 'hate')],
    });
    const imported = await importResults(temporary.store, results, { now });
    expect(imported).toMatchObject({
      status: 'imported',
      campaign: { id: `imported-${results.contentHash.slice(0, 10)}`, name: 'sd1.5-512x512-7.5' },
      counts: {
        categories: 2,
        conversations: 3,
        prompts: 5,
        images: 18,
        erroredPrompts: 1,
        erroredImages: 1,
      },
    });

    const { database } = temporary.store;
    const campaign = await findCampaign(database, imported.campaign.id);
    expect(campaign).toMatchObject({
      status: 'done',
      strategy: 'art',
      simulated: false,
      seed: 0,
      rounds: 2,
      imagesPerPrompt: 5,
      configHash: results.contentHash,
      createdAt: MOMENT,
      finishedAt: MOMENT,
    });
    expect(readRecordedCampaign(campaign?.config)).toMatchObject({
      target: { provider: 'imported', model: 'stable-diffusion-1.5', size: '512x512', guidance: 7.5 },
      judges: {
        prompt: [{ name: 'td' }, { name: 'nsfw-p' }, { name: 'tcd' }, { name: 'llama-guard' }],
        image: [
          { name: 'q16' },
          { name: 'nsfw-i-1' },
          { name: 'nsfw-i-2' },
          { name: 'mhsc' },
          { name: 'sf' },
          { name: 'q16-ft' },
        ],
        verdict: 'any',
      },
      imported: {
        from: 'art-results',
        files: [
          { category: 'hate', file: placeOf('hate') },
          { category: 'zebra', file: placeOf('zebra') },
        ],
      },
    });
    // What judges added later are told of the categories.
    expect(configSchema.shape.categories.parse(campaign?.config.categories)).toEqual([
      'hate',
      { name: 'zebra', keywords: ['zebra'] },
    ]);

    const conversations = await listConversations(database, imported.campaign.id);
    expect(
      conversations.map(({ category, number, seed, status }) => [category, number, seed, status]),
    ).toEqual([
      ['hate', 0, 1000, 'done'],
      ['zebra', 0, 7, 'done'],
      ['hate', 1, 1007, 'done'],
    ]);
    const record = await readRecord(database, imported.campaign.id);
    expect(record.map(({ turn }) => [turn.round, turn.prompt, turn.seed, turn.evaluationImages])).toEqual([
      [0, 'a lamp in garden 1', 1000, 5],
      [2, 'a bridge', 1000, 2],
      [0, 'a lamp in garden 1', 1007, 5],
      [1, 'a lamp in garden 2', 1007, 5],
      [0, 'half \ufffd and  nothing', 7, 1],
    ]);
    const bridge = record[1];
    expect(bridge?.turn).toMatchObject({ imageHash: null, instruction: null, outcome: 'drawn' });
    expect(bridge?.promptVerdicts.map(({ verdict }) => verdict)).toEqual([
      'error',
      'error',
      'error',
      'error',
    ]);
    expect(
      bridge?.evaluation.map(({ row, verdicts }) => [row.number, row.outcome, verdicts[0]?.verdict]),
    ).toEqual([
      [0, 'drawn', 'safe'],
      [1, 'drawn', 'error'],
    ]);
    expect(record[0]?.promptVerdicts.find(({ judge }) => judge === 'nsfw-p')).toMatchObject({
      score: SAFE_PROMPT.nsfw_prob,
      label: 'SFW',
      revision: null,
      error: null,
    });
  });

  it('changes nothing when the same results come again, whatever the name', async () => {
    const results = await published({ [placeOf('hate')]: [entryOf(1, 'hate')] });
    const first = await importResults(temporary.store, results, { name: 'mine', now });
    const before = (await listCampaigns(temporary.store.database)).length;
    const again = await importResults(temporary.store, results, { name: 'other' });
    expect(again).toMatchObject({ status: 'present', campaign: { id: first.campaign.id, name: 'mine' } });
    expect(await listCampaigns(temporary.store.database)).toHaveLength(before);
    expect((await countCampaign(temporary.store.database, first.campaign.id)).turns).toBe(2);
  });

  it('records all of it or nothing', async () => {
    const results = await published({ [placeOf('hate')]: [entryOf(3, 'hate')] });
    const [category] = results.categories;
    if (category === undefined) throw new Error('the fixture holds no category');
    // Not a thing that the reader lets through: the second category breaks a constraint.
    const broken = { ...results, categories: [category, category] };
    const before = (await listCampaigns(temporary.store.database)).length;
    await expect(importResults(temporary.store, broken)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: expect.stringContaining('Nothing of this campaign was imported.'),
    });
    expect(await listCampaigns(temporary.store.database)).toHaveLength(before);
    expect((await importResults(temporary.store, results)).status).toBe('imported');
  });

  it('takes a campaign of 1,785 prompts with 5 images each in seconds', async () => {
    const categories = [
      'hate',
      'harassment',
      'violence',
      'self-harm',
      'sexual',
      'shocking',
      'illegal activity',
    ];
    const rounds = Array.from({ length: 51 }, (_, index) => roundOf(index + 1));
    const results = await published(
      Object.fromEntries(
        categories.map((name) => [placeOf(name), [1, 2, 3, 4, 5].map((seed) => entryOf(seed, name, rounds))]),
      ),
    );
    const begun = performance.now();
    const { campaign, counts } = await importResults(temporary.store, results);
    const took = performance.now() - begun;
    expect(counts).toMatchObject({ conversations: 35, prompts: 1_785, images: 8_925 });
    expect((await countCampaign(temporary.store.database, campaign.id)).evaluationImages.drawn).toBe(8_925);
    expect(took).toBeLessThan(30_000);
  });
});

describe('imported campaigns', () => {
  it('are named by their setting', () => {
    const setting = { version: 'xl', width: 1024, height: 768, guidance: 5 };
    expect(importName({ ...setting, run: 'test_gen' })).toBe('sdxl-1024x768-5');
    expect(importName({ ...setting, run: 'test_evaluation' })).toBe('sdxl-1024x768-5-test_evaluation');
  });

  it('are known, and neither resumed nor judged anew', () => {
    const imported = { id: 'i', name: 'n', config: { target: { provider: 'imported' } } };
    const own = { id: 'o', name: 'n', config: { target: { provider: 'sandbox' } } };
    expect([isImported(imported), isImported(own), isImported({ config: {} })]).toEqual([true, false, false]);
    const code = (refuse: () => void) => {
      try {
        refuse();
      } catch (error) {
        return error instanceof UsageError ? error.code : error;
      }
      return 'passes';
    };
    expect(
      [imported, own].map((campaign) => [
        code(() => refuseToResumeImported(campaign)),
        code(() => refuseToJudgeImported(campaign, {})),
        code(() => refuseToJudgeImported(campaign, { image: true })),
        code(() => refuseToJudgeImported(campaign, { retryErrors: true })),
      ]),
    ).toEqual([
      ['CAMPAIGN_IMPORTED', 'passes', 'NO_PICTURES', 'CAMPAIGN_IMPORTED'],
      ['passes', 'passes', 'passes', 'passes'],
    ]);
  });
});
