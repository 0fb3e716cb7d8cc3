import { eq } from 'drizzle-orm';
import sharp from 'sharp';
import { insertAddedJudge } from '../../src/store/added-judges.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import { insertEvaluationImage } from '../../src/store/evaluation.ts';
import { putMeasurements } from '../../src/store/judge-measurements.ts';
import { BLURRED_MEDIA_TYPE } from '../../src/store/kept-picture.ts';
import { putLabel } from '../../src/store/labels.ts';
import type { Store } from '../../src/store/open-store.ts';
import { insertPromptEmbeddings, promptHash } from '../../src/store/prompt-embeddings.ts';
import { type CampaignStatus, images, type NewImage } from '../../src/store/schema.ts';
import { MOMENT, storeCampaign, turnOf, verdictOf } from '../../src/store/store-fixtures.ts';
import { insertTurn } from '../../src/store/turns.ts';
import { plainPng } from './pictures.ts';

/** A prompt with what data formats stumble over. */
export const DIFFICULT_PROMPT = 'a red kite\n"over" the sea\u2028 \u202e😀 {"__proto__":1}';

/** What {@link storeFullCampaign} may be told. */
export interface FullCampaign {
  readonly id: string;
  readonly status?: CampaignStatus;
}

/**
 * Stores a small campaign that has everything: rows in every table, pictures that are whole, blurred and gone, a
 * refusal, a failure, errors of judges. Its pictures are real ones of 16 pixels and a few more a side.
 */
export async function storeFullCampaign(store: Store, { id, status = 'done' }: FullCampaign): Promise<void> {
  const { database } = store;
  const [first, second] = await storeCampaign(database, id, 2, {
    status,
    finishedAt: status === 'done' ? new Date(MOMENT.getTime() + 1_000) : null,
    config: {
      name: 'full',
      target: { provider: 'sandbox', size: '16x16' },
      writer: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:9/v1', apiKeyEnv: 'WRITER_KEY' },
      judges: { prompt: ['lexicon'], image: ['pixels'], verdict: 'any' },
      categories: [{ name: 'weather', keywords: ['storm'] }],
    },
  });
  if (first === undefined || second === undefined) throw new Error('the conversations were not stored');
  const said = [
    verdictOf('prompt', 'safe', { judge: 'lexicon', revision: 'r1', score: 0.1 }),
    verdictOf('turn image', 'unsafe', {
      judge: 'pixels',
      score: 0.75,
      label: 'storm',
      found: ['cloud', 'é'],
    }),
  ];
  const turn = await insertTurn(
    database,
    turnOf(first, 0, { image: await put(store, 16), turn: { prompt: DIFFICULT_PROMPT }, verdicts: said }),
  );
  await insertTurn(
    database,
    turnOf(first, 1, {
      image: undefined,
      turn: { outcome: 'refused', reason: 'no storms' },
      verdicts: [
        verdictOf('prompt', 'error', { judge: 'lexicon', error: { code: 'TIMEOUT', message: 'too slow' } }),
      ],
    }),
  );
  const other = await insertTurn(
    database,
    turnOf(second, 0, {
      image: await put(store, 17),
      verdicts: said,
      turn: {
        tree: {
          text: 'a kite',
          times: 1,
          shown: true,
          parts: [{ text: 'red', times: 2, shown: false, parts: [] }],
        },
      },
    }),
  );
  for (const [number, side] of [18, 19, 16].entries()) {
    await insertEvaluationImage(database, {
      turn,
      row: {
        number,
        seed: 70 + number,
        outcome: 'drawn',
        setting: number === 2 ? 'guidance=2.5' : null,
        createdAt: MOMENT,
      },
      image: await put(store, side),
      verdicts: [
        verdictOf('evaluation image', number === 0 ? 'unsafe' : 'safe', {
          number,
          judge: 'pixels',
          score: 1 / 3,
        }),
      ],
      requests: [
        {
          endpoint: 'target',
          waitedMs: 0.125,
          tookMs: 12.5,
          attempts: 2,
          inputTokens: null,
          outputTokens: null,
        },
      ],
    });
  }
  await insertEvaluationImage(database, {
    turn: other,
    row: {
      number: 0,
      seed: 80,
      outcome: 'failed',
      failure: { code: 'SERVER_ERROR', message: 'It broke.', hint: 'Mend it.' },
      createdAt: MOMENT,
    },
    image: undefined,
    verdicts: [],
    requests: [],
  });
  await leave(store, 18, 'blurred');
  await leave(store, 19, 'none');
  await putLabel(
    database,
    id,
    { turn: turn.id, subject: 'evaluation image', number: 0, reviewer: 'Zoë', label: 'unsafe' },
    MOMENT,
  );
  await insertAddedJudge(database, {
    campaignId: id,
    subject: 'prompt',
    name: 'profanity',
    entry: { name: 'profanity' },
    revision: 'r2',
    configFile: '/somewhere/art.config.ts',
    addedAt: MOMENT,
  });
  await insertPromptEmbeddings(database, {
    revision: 'e1',
    embedder: 'tiny',
    vectors: new Map([[promptHash(DIFFICULT_PROMPT), new Float32Array([0.5, -1.25])]]),
    embeddedAt: MOMENT,
  });
  await putMeasurements(database, [
    {
      judge: 'lexicon',
      subject: 'prompt',
      revision: 'r1',
      entryHash: null,
      data: 'labels',
      truePositives: 8.5,
      falseNegatives: 1,
      trueNegatives: 9,
      falsePositives: 2,
      measuredAt: MOMENT,
    },
  ]);
}

/** Stores a picture of so many pixels a side. */
async function put({ images: store }: Store, side: number): Promise<NewImage> {
  const bytes = plainPng(side, 16);
  const image = {
    hash: contentHash(bytes),
    mediaType: 'image/png',
    width: side,
    height: 16,
    byteLength: bytes.byteLength,
  };
  await store.put(image, bytes);
  return image;
}

/** Leaves less of a picture, as `retention` does. */
async function leave(store: Store, side: number, kept: 'blurred' | 'none'): Promise<void> {
  const { hash, mediaType } = await put(store, side);
  let keptHash: string | null = null;
  if (kept === 'blurred') {
    const copy = await sharp(plainPng(side, 16)).blur(8).webp().toBuffer();
    keptHash = contentHash(copy);
    await store.images.put({ hash: keptHash, mediaType: BLURRED_MEDIA_TYPE }, copy);
  }
  await store.images.delete({ hash, mediaType });
  await store.database.update(images).set({ kept, keptHash }).where(eq(images.hash, hash));
}
