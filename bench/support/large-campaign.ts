/**
 * A large campaign, made up and written straight into a store: for benchmarks, and to try the pages with.
 * Nothing was drawn and nobody judged; prompts are of weather and gardens, pictures are coloured tiles.
 */
import { sql } from 'drizzle-orm';
import { seededRandom } from '../../src/metrics/intervals.ts';
import { findCampaign, insertCampaign } from '../../src/store/campaigns.ts';
import type { Database, Store } from '../../src/store/open-store.ts';
import {
  type CampaignRow,
  conversations as conversationTable,
  type NewVerdict,
} from '../../src/store/schema.ts';
import { insertRows } from './insert-rows.ts';
import { PictureMaker, SIDE } from './made-pictures.ts';
import { ALL_CATEGORIES, madePrompts } from './made-prompts.ts';

/** How large the campaign is; the defaults are the paper's. */
export interface LargeCampaignOptions {
  /** How many of the seven, and beyond those made-up ones; default 7. */
  readonly categories?: number;
  /** Per category; default 5. */
  readonly conversations?: number;
  /** Gives rounds + 1 prompts a conversation; default 50. */
  readonly rounds?: number;
  /** Default 5. */
  readonly imagesPerPrompt?: number;
  readonly judges?: { readonly prompt: readonly string[]; readonly image: readonly string[] };
  /** Whether the pictures are written as files, too, each of its own; default: only their hashes are there. */
  readonly pictures?: boolean;
  readonly seed?: number;
  readonly id?: string;
  readonly name?: string;
}

/** Four judges of prompts and six of images, as in the paper. */
export const PAPER_JUDGES = {
  prompt: ['td', 'nsfw-p', 'tcd', 'llama-guard'],
  image: ['q16', 'q16-ft', 'nsfw-i-1', 'nsfw-i-2', 'mhsc', 'sf'],
} as const;

const BEGUN = Date.UTC(2026, 0, 2, 3, 4, 5);
const MS_A_TURN = 9_000;

interface MadeTurn {
  readonly conversationId: number;
  readonly round: number;
  readonly prompt: string;
  readonly seed: number;
  readonly createdAt: string;
  readonly imageHash: string;
  readonly verdicts: readonly NewVerdict[];
  readonly evaluation: readonly { readonly seed: number; readonly imageHash: string }[];
}

/**
 * Stores a campaign of random data; the same options give the same campaign.
 *
 * The paper's size (1,785 prompts, 8,925 evaluation images, 71,400 verdicts) takes some seconds, with
 * pictures some more.
 */
export async function createLargeCampaign(
  store: Store,
  options: LargeCampaignOptions = {},
): Promise<CampaignRow> {
  const { database } = store;
  const { rounds = 50, imagesPerPrompt = 5, seed = 1234, judges = PAPER_JUDGES } = options;
  const id = options.id ?? `large-${seed}`;
  const random = seededRandom(seed);
  const categories = Array.from(
    { length: options.categories ?? 7 },
    (_, order) => ALL_CATEGORIES[order] ?? `category ${order + 1}`,
  );
  const planned = categories.flatMap((category, categoryOrder) =>
    Array.from({ length: options.conversations ?? 5 }, (_, number) => ({
      categoryOrder,
      category,
      number,
      seed: Math.floor(random() * 2 ** 31),
      startPrompt: 'a pic of cat',
    })),
  );
  const held = await insertCampaign(
    database,
    {
      id,
      name: options.name ?? 'large',
      status: 'done',
      strategy: 'art',
      seed,
      rounds,
      imagesPerPrompt,
      config: configOf({ categories, judges, seed, rounds, imagesPerPrompt, planned: planned.length }),
      configHash: id,
      configFile: null,
      artVersion: '0.1.0',
      simulated: true,
      createdAt: new Date(BEGUN),
      finishedAt: new Date(BEGUN + MS_A_TURN * planned.length * (rounds + 1)),
    },
    planned,
  );
  await database
    .update(conversationTable)
    .set({ status: 'done', startedAt: new Date(BEGUN), finishedAt: new Date(BEGUN + MS_A_TURN * rounds) })
    .where(sql`${conversationTable.campaignId} = ${id}`);

  const pictures = new PictureMaker(store, { files: options.pictures ?? false, seed });
  for (const conversation of held) {
    await pictures.make((rounds + 1) * (imagesPerPrompt + 1));
    const prompts = madePrompts(random, rounds + 1);
    // Some conversations find a weakness and stay with it: prompts of one are alike.
    const weakness = random() ** 2;
    const made: MadeTurn[] = [];
    for (const [round, prompt] of prompts.entries()) {
      const evaluation = [];
      const verdicts: NewVerdict[] = [];
      const promptRisk = random() < 0.1 ? 0.5 : 0.02;
      for (const judge of judges.prompt) verdicts.push(verdictOf(random, 'prompt', 0, judge, promptRisk));
      for (const judge of judges.image)
        verdicts.push(verdictOf(random, 'turn image', 0, judge, weakness / 4));
      for (let number = 0; number < imagesPerPrompt; number++) {
        evaluation.push({ seed: Math.floor(random() * 2 ** 31), imageHash: pictures.next() });
        const risk = random() < weakness / 3 ? 0.5 : 0.004;
        for (const judge of judges.image) {
          verdicts.push(verdictOf(random, 'evaluation image', number, judge, risk));
        }
      }
      made.push({
        conversationId: conversation.id,
        round,
        prompt,
        seed: Math.floor(random() * 2 ** 31),
        createdAt: new Date(BEGUN + MS_A_TURN * (round * held.length + conversation.number)).toISOString(),
        imageHash: pictures.next(),
        verdicts,
        evaluation,
      });
    }
    await pictures.store();
    await storeTurns(database, id, made, random);
  }
  const row = await findCampaign(database, id);
  if (row === undefined) throw new Error(`the campaign ${id} was not stored`);
  return row;
}

function verdictOf(
  random: () => number,
  subject: NewVerdict['subject'],
  number: number,
  judge: string,
  risk: number,
): NewVerdict {
  const revision = `revision of ${judge}`;
  if (random() < 0.002) {
    const error = { code: 'TIMEOUT', message: 'The judge did not answer.' };
    return { subject, number, judge, revision, verdict: 'error', error };
  }
  const unsafe = random() < risk;
  const score = Number((unsafe ? 0.5 + random() / 2 : random() / 2).toFixed(4));
  return {
    subject,
    number,
    judge,
    revision,
    verdict: unsafe ? 'unsafe' : 'safe',
    score,
    label: unsafe ? 'inappropriate' : 'appropriate',
  };
}

async function storeTurns(
  database: Database,
  campaign: string,
  made: readonly MadeTurn[],
  random: () => number,
): Promise<void> {
  const stored = await insertRows(database, {
    table: 'turns',
    columns:
      'campaign_id text, conversation_id bigint, round int, prompt text, instruction text, seed bigint, outcome text, image_hash text, evaluation_images int, created_at timestamptz',
    rows: made.map((turn) => ({
      campaign_id: campaign,
      conversation_id: turn.conversationId,
      round: turn.round,
      prompt: turn.prompt,
      instruction: turn.round === 0 ? null : 'Bring the light lower and add something unexpected.',
      seed: turn.seed,
      outcome: 'drawn',
      image_hash: turn.imageHash,
      evaluation_images: turn.evaluation.length,
      created_at: turn.createdAt,
    })),
    returning: 'id, round',
  });
  const ids = new Map(stored.map(({ id, round }) => [Number(round), Number(id)]));
  const idOf = ({ round }: MadeTurn) => ids.get(round) ?? 0;
  await insertRows(database, {
    table: 'evaluation_images',
    columns:
      'campaign_id text, turn_id bigint, number int, seed bigint, outcome text, image_hash text, created_at timestamptz',
    rows: made.flatMap((turn) =>
      turn.evaluation.map(({ seed, imageHash }, number) => ({
        campaign_id: campaign,
        turn_id: idOf(turn),
        number,
        seed,
        outcome: 'drawn',
        image_hash: imageHash,
        created_at: turn.createdAt,
      })),
    ),
  });
  await insertRows(database, {
    table: 'verdicts',
    columns:
      'campaign_id text, turn_id bigint, subject text, number int, judge text, revision text, verdict text, score real, label text, error jsonb',
    rows: made.flatMap((turn) =>
      turn.verdicts.map((verdict) => ({ campaign_id: campaign, turn_id: idOf(turn), ...verdict })),
    ),
  });
  await insertRows(database, {
    table: 'requests',
    columns:
      'campaign_id text, turn_id bigint, evaluation_number int, endpoint text, waited_ms real, took_ms real, attempts int, input_tokens int, output_tokens int',
    rows: made.flatMap((turn) =>
      endpointsOf(turn).map(({ endpoint, ms, tokens, evaluationNumber = null }) => ({
        campaign_id: campaign,
        turn_id: idOf(turn),
        evaluation_number: evaluationNumber,
        endpoint,
        waited_ms: Math.floor(random() * 50),
        took_ms: Math.floor(ms * (0.5 + random())),
        attempts: random() < 0.02 ? 2 : 1,
        input_tokens: tokens ? 200 + Math.floor(random() * 200) : null,
        output_tokens: tokens ? 20 + Math.floor(random() * 60) : null,
      })),
    ),
  });
}

/** A request of a turn, or of one of its evaluation images. */
interface MadeRequest {
  readonly endpoint: string;
  readonly ms: number;
  readonly tokens: boolean;
  readonly evaluationNumber?: number;
}

function endpointsOf({ round, evaluation }: MadeTurn): MadeRequest[] {
  const target = { endpoint: 'target', ms: 3_000, tokens: false };
  return [
    { endpoint: 'writer', ms: 900, tokens: true },
    ...(round === 0 ? [] : [{ endpoint: 'guide', ms: 1_400, tokens: true }]),
    { endpoint: 'llama-guard', ms: 300, tokens: true },
    target,
    ...evaluation.map((_, evaluationNumber) => ({ ...target, evaluationNumber })),
  ];
}

function configOf(about: {
  readonly categories: readonly string[];
  readonly judges: { readonly prompt: readonly string[]; readonly image: readonly string[] };
  readonly seed: number;
  readonly rounds: number;
  readonly imagesPerPrompt: number;
  readonly planned: number;
}): Record<string, unknown> {
  const { categories, judges, planned, ...rest } = about;
  const perMillion = { perMillionInputTokens: 0.5, perMillionOutputTokens: 1.5, currency: 'USD' };
  return {
    ...rest,
    name: 'large',
    target: {
      provider: 'sandbox',
      model: 'made up',
      size: `${SIDE}x${SIDE}`,
      guidance: 7.5,
      price: { perRequest: 0.003, currency: 'USD' },
    },
    writer: { provider: 'sandbox', model: 'made up', price: perMillion },
    guide: { provider: 'sandbox', model: 'made up', price: perMillion },
    judges: { prompt: judges.prompt, image: judges.image, verdict: 'any' },
    categories,
    conversations: planned / categories.length,
  };
}
