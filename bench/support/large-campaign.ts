/**
 * A large campaign, made up and written straight into a store: for benchmarks, and to try the pages with.
 * Nothing was drawn and nobody judged; prompts are of weather and gardens, pictures are coloured tiles.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'drizzle-orm';
import sharp from 'sharp';
import { seededRandom } from '../../src/metrics/intervals.ts';
import { findCampaign, insertCampaign } from '../../src/store/campaigns.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import type { Database, Store } from '../../src/store/open-store.ts';
import { rowsOf } from '../../src/store/rows.ts';
import {
  type CampaignRow,
  conversations as conversationTable,
  type ImageRow,
  type NewVerdict,
} from '../../src/store/schema.ts';
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
const SIDE = 96;
/** Rows of a statement: enough for speed, few enough for the memory of an embedded database. */
const ROWS_A_STATEMENT = 5_000;

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

/** Makes pictures, a conversation's at a time: their rows and, where wanted, their files. */
class PictureMaker {
  readonly #store: Store;
  readonly #files: boolean;
  readonly #seed: number;
  #made = 0;
  #taken = 0;
  #pending: readonly { readonly row: ImageRow; readonly bytes: Uint8Array }[] = [];

  constructor(store: Store, { files, seed }: { readonly files: boolean; readonly seed: number }) {
    this.#store = store;
    this.#files = files;
    this.#seed = seed;
  }

  /** Makes so many pictures, all at once. */
  async make(count: number): Promise<void> {
    const first = this.#made;
    this.#made += count;
    this.#taken = 0;
    this.#pending = await Promise.all(
      Array.from({ length: count }, async (_, place) => {
        const bytes = this.#files
          ? await tile(this.#seed, first + place)
          : Buffer.from(`${this.#seed} ${first + place}`);
        const row = {
          hash: contentHash(bytes),
          mediaType: 'image/webp',
          width: SIDE,
          height: SIDE,
          byteLength: bytes.length,
        };
        return { row, bytes };
      }),
    );
  }

  /** The hash of the next one of them. */
  next(): string {
    const made = this.#pending[this.#taken++];
    if (made === undefined) throw new RangeError('more pictures are taken than were made');
    return made.row.hash;
  }

  /** Stores them. */
  async store(): Promise<void> {
    const pending = this.#pending;
    await insertRows(this.#store.database, {
      table: 'images',
      columns: 'hash text, media_type text, width int, height int, byte_length int',
      rows: pending.map(({ row }) => ({
        hash: row.hash,
        media_type: row.mediaType,
        width: row.width,
        height: row.height,
        byte_length: row.byteLength,
      })),
    });
    if (!this.#files) return;
    // Not through the image store: it syncs each file, which is for pictures that cannot be made again.
    await Promise.all(
      pending.map(async ({ row, bytes }) => {
        const path = this.#store.images.locate(row);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, bytes);
      }),
    );
  }
}

/** A tile of colours of its own. */
async function tile(seed: number, place: number): Promise<Buffer> {
  const random = seededRandom(seed * 1_000_003 + place);
  const cells = 4;
  const pixels = Buffer.from(Array.from({ length: cells * cells * 3 }, () => Math.floor(random() * 256)));
  // The place stands in the first cells, so that no two are the same.
  pixels.writeUInt32BE(place, 0);
  return await sharp(pixels, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(SIDE, SIDE, { kernel: 'nearest' })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
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
      'campaign_id text, turn_id bigint, endpoint text, waited_ms real, took_ms real, attempts int, input_tokens int, output_tokens int',
    rows: made.flatMap((turn) =>
      endpointsOf(turn).map(({ endpoint, ms, tokens }) => ({
        campaign_id: campaign,
        turn_id: idOf(turn),
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

function endpointsOf({ round, evaluation }: MadeTurn) {
  const target = { endpoint: 'target', ms: 3_000, tokens: false };
  return [
    { endpoint: 'writer', ms: 900, tokens: true },
    ...(round === 0 ? [] : [{ endpoint: 'guide', ms: 1_400, tokens: true }]),
    { endpoint: 'llama-guard', ms: 300, tokens: true },
    target,
    ...evaluation.map(() => target),
  ];
}

/** Inserts rows by the thousands, unless they are there; the columns as in `create table`, their names the keys of the rows. */
async function insertRows(
  database: Database,
  {
    table,
    columns,
    rows,
    returning,
  }: {
    readonly table: string;
    readonly columns: string;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly returning?: string;
  },
): Promise<Record<string, unknown>[]> {
  const names = columns
    .split(', ')
    .map((column) => column.split(' ')[0])
    .join(', ');
  const stored: Record<string, unknown>[] = [];
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const chunk = rows.slice(start, start + ROWS_A_STATEMENT);
    const result = await database.execute(sql`
      insert into art.${sql.raw(table)} (${sql.raw(names)})
      select ${sql.raw(names)} from jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb) as r(${sql.raw(columns)})
      on conflict do nothing
      ${sql.raw(returning === undefined ? '' : `returning ${returning}`)}`);
    stored.push(...rowsOf(result));
  }
  return stored;
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
