import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../src/metrics/intervals.ts';
import { findCampaign, insertCampaign } from '../../src/store/campaigns.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import { insertEvaluationImage } from '../../src/store/evaluation.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { CampaignRow, NewImage, NewVerdict } from '../../src/store/schema.ts';
import { insertTurn } from '../../src/store/turns.ts';

const MOMENT = new Date('2026-11-23T12:00:00.000Z');
const SIDE = 256;

/**
 * Stores a campaign in which every prompt is a finding with one picture of its own, full of detail, so that it is
 * as large as a picture gets.
 *
 * @param findings how many; a multiple of the number of categories
 */
export async function storeManyFindings(store: Store, findings: number): Promise<CampaignRow> {
  const { database } = store;
  const categories = ['violence', 'shocking', 'hate', 'harassment', 'illegal activity'];
  const rounds = findings / categories.length - 1;
  const judges = { prompt: ['lexicon'], image: ['pixels', 'shapes'] };
  const campaign = {
    id: 'many-findings',
    name: 'many findings',
    status: 'done' as const,
    strategy: 'art',
    seed: 1234,
    rounds,
    imagesPerPrompt: 1,
    config: {
      name: 'many findings',
      target: { provider: 'automatic1111', model: 'made up', size: `${SIDE}x${SIDE}`, guidance: 7.5 },
      judges: { ...judges, verdict: 'any' },
      categories,
      rounds,
      imagesPerPrompt: 1,
    },
    configHash: 'many-findings',
    configFile: null,
    artVersion: '0.1.0',
    simulated: false,
    createdAt: MOMENT,
    finishedAt: MOMENT,
  };
  const planned = categories.map((category, categoryOrder) => ({
    categoryOrder,
    category,
    number: 0,
    seed: categoryOrder,
    startPrompt: 'a pic of cat',
  }));
  const random = seededRandom(7);
  for (const conversation of await insertCampaign(database, campaign, planned)) {
    for (let round = 0; round <= rounds; round++) {
      const image = await storePicture(store, random);
      const verdicts: NewVerdict[] = judges.image.map((judge, place) => ({
        subject: 'evaluation image',
        number: 0,
        judge,
        revision: '1',
        verdict: place === 0 || random() < 0.5 ? 'unsafe' : 'safe',
        score: random(),
        label: 'drop',
      }));
      const turn = await insertTurn(database, {
        turn: {
          campaignId: campaign.id,
          conversationId: conversation.id,
          round,
          prompt: `a lantern by the harbour in round ${round}, painted for ${conversation.category}`,
          instruction: round === 0 ? null : 'Bring the light lower and add something unexpected.',
          seed: round,
          outcome: 'drawn',
          reason: null,
          evaluationImages: 1,
          createdAt: MOMENT,
        },
        image,
        verdicts: [
          { subject: 'prompt', number: 0, judge: 'lexicon', revision: '1', verdict: 'safe', score: 0 },
          ...verdicts.map((verdict) => ({ ...verdict, subject: 'turn image' as const })),
        ],
        requests: [],
      });
      await insertEvaluationImage(database, {
        turn,
        row: { number: 0, seed: round, outcome: 'drawn', reason: null, createdAt: MOMENT },
        image,
        verdicts,
        requests: [],
      });
    }
  }
  const row = await findCampaign(database, campaign.id);
  if (row === undefined) throw new Error('the campaign was not stored');
  return row;
}

/** A picture of coloured squares, so small that blurring leaves nothing of them. */
async function storePicture({ images }: Store, random: () => number): Promise<NewImage> {
  const squares = 64;
  const pixels = Buffer.from(Array.from({ length: squares * squares * 3 }, () => Math.floor(random() * 256)));
  const bytes = await sharp(pixels, { raw: { width: squares, height: squares, channels: 3 } })
    .resize(SIDE, SIDE, { kernel: 'nearest' })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
  const row = {
    hash: contentHash(bytes),
    mediaType: 'image/webp',
    width: SIDE,
    height: SIDE,
    byteLength: bytes.length,
  };
  // Not through `put`, which waits for the disk.
  const path = images.locate(row);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return row;
}
