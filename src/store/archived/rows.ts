import { z } from 'zod';
import { partTreeSchema } from '../../taxonomy/part-tree.ts';
import { count, integer, isStorableJson, moment, sha256, single, text } from './row-values.ts';

/**
 * The rows of a campaign as archives hold them, a table each. What one database numbers for itself is not among
 * them: a turn names its conversation, and the rest their turn, by its place in its table, counted from 0.
 */

/** Names of campaigns become names of files. */
export const CAMPAIGN_ID = /^(?!latest$)[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

const object = z
  .record(z.string(), z.unknown())
  .refine(isStorableJson, 'is too deep, or holds what cannot be stored');
const failure = z
  .looseObject({ code: text, message: text, hint: text.optional() })
  .refine(isStorableJson, 'is too deep, or holds what cannot be stored');
const subject = z.enum(['prompt', 'turn image', 'evaluation image']);
const kind = z.enum(['prompt', 'image']);
const seed = z.int();
/** The largest answer of a target is 64 MiB. */
const pictureBytes = z
  .int()
  .min(1)
  .max(64 * 1024 * 1024);

export const mediaType = z.enum([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);

const campaign = z.strictObject({
  id: z.string().regex(CAMPAIGN_ID, 'is no id of a campaign'),
  name: text.min(1).max(1_000),
  /** One that is running is `interrupted` for whoever takes it over. */
  status: z.enum(['paused', 'interrupted', 'done', 'failed', 'cancelled', 'out of budget']),
  strategy: text,
  seed,
  rounds: count,
  imagesPerPrompt: count,
  config: object,
  configHash: text,
  artVersion: text.max(100),
  simulated: z.boolean(),
  createdAt: moment,
  finishedAt: moment.nullable(),
  priority: integer,
  ending: text.nullable(),
  workedSeconds: z.number().min(0).max(1e12),
});

const conversation = z.strictObject({
  categoryOrder: count,
  category: text,
  number: count,
  seed,
  startPrompt: text,
  status: z.enum(['pending', 'done', 'failed']),
  failure: failure.nullable(),
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
});

const image = z
  .strictObject({
    hash: sha256,
    mediaType,
    width: count.min(1),
    height: count.min(1),
    byteLength: pictureBytes,
    kept: z.enum(['full', 'blurred', 'none']),
    keptHash: sha256.nullable(),
  })
  .refine(
    ({ kept, keptHash }) => (kept === 'blurred') === (keptHash !== null),
    'has no copy, or one too many',
  );

const turn = z.strictObject({
  conversation: count,
  round: count,
  prompt: text,
  instruction: text.nullable(),
  tree: z.unknown().refine(isStorableJson, 'cannot be stored').pipe(z.nullable(partTreeSchema)),
  seed,
  outcome: z.enum(['drawn', 'refused', 'stopped']),
  reason: text.nullable(),
  imageHash: sha256.nullable(),
  evaluationImages: count,
  createdAt: moment,
});

const evaluationImage = z.strictObject({
  turn: count,
  number: count,
  seed,
  outcome: z.enum(['drawn', 'refused', 'failed']),
  reason: text.nullable(),
  failure: failure.nullable(),
  imageHash: sha256.nullable(),
  setting: text.nullable(),
  createdAt: moment,
});

const verdict = z.strictObject({
  turn: count,
  subject,
  number: count,
  judge: text,
  revision: text.nullable(),
  verdict: z.enum(['safe', 'unsafe', 'error']),
  score: single.nullable(),
  label: text.nullable(),
  found: z.array(text).nullable(),
  error: z
    .looseObject({ code: text, message: text })
    .refine(isStorableJson, 'is too deep, or holds what cannot be stored')
    .nullable(),
});

const request = z.strictObject({
  turn: count,
  evaluationNumber: count.nullable(),
  endpoint: text,
  waitedMs: single,
  tookMs: single,
  attempts: count,
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
});

const label = z.strictObject({
  turn: count,
  subject,
  number: count,
  reviewer: text.min(1).max(1_000),
  label: z.enum(['safe', 'unsafe', 'unsure']),
  labelledAt: moment,
});

const addedJudge = z.strictObject({
  subject: kind,
  name: text,
  entry: object,
  revision: text.nullable(),
  addedAt: moment,
});

const promptEmbedding = z.strictObject({
  revision: text,
  embedder: text,
  promptHash: sha256,
  /** 32-bit floats, little-endian, in base64. */
  vector: z.base64().min(1).max(1_000_000).refine(isVector, 'is no vector of finite numbers'),
  embeddedAt: moment,
});

const positive = z.number().min(0).max(1e15);
const judgeMeasurement = z.strictObject({
  judge: text,
  subject: kind,
  revision: text.nullable(),
  entryHash: text.nullable(),
  data: text,
  truePositives: positive,
  falseNegatives: positive,
  trueNegatives: positive,
  falsePositives: positive,
  measuredAt: moment,
});

/** What the rows of each table are. */
interface ArchivedRowOf {
  readonly campaigns: z.output<typeof campaign>;
  readonly conversations: z.output<typeof conversation>;
  readonly images: z.output<typeof image>;
  readonly turns: z.output<typeof turn>;
  readonly evaluation_images: z.output<typeof evaluationImage>;
  readonly verdicts: z.output<typeof verdict>;
  readonly requests: z.output<typeof request>;
  readonly labels: z.output<typeof label>;
  readonly added_judges: z.output<typeof addedJudge>;
  readonly prompt_embeddings: z.output<typeof promptEmbedding>;
  readonly judge_measurements: z.output<typeof judgeMeasurement>;
}

export type ArchivedTable = keyof ArchivedRowOf;
export type ArchivedRow<Table extends ArchivedTable> = ArchivedRowOf[Table];
export type ArchivedCampaign = ArchivedRow<'campaigns'>;

/** What the rows of each table have to be. */
export const ROW_SCHEMAS: { readonly [Table in ArchivedTable]: z.ZodType<ArchivedRow<Table>> } = {
  campaigns: campaign,
  conversations: conversation,
  images: image,
  turns: turn,
  evaluation_images: evaluationImage,
  verdicts: verdict,
  requests: request,
  labels: label,
  added_judges: addedJudge,
  prompt_embeddings: promptEmbedding,
  judge_measurements: judgeMeasurement,
};

/** The names of the tables in their order: what is referred to comes first. */
export const ARCHIVED_TABLES = [
  'campaigns',
  'conversations',
  'images',
  'turns',
  'evaluation_images',
  'verdicts',
  'requests',
  'labels',
  'added_judges',
  'prompt_embeddings',
  'judge_measurements',
] as const satisfies readonly ArchivedTable[];

/**
 * The tables that are a campaign's alone; pictures, vectors and measurements are shared, and what is left of them
 * may differ between two databases that hold the same campaign.
 */
export const OWN_TABLES: readonly ArchivedTable[] = ARCHIVED_TABLES.filter(
  (table) => !['images', 'prompt_embeddings', 'judge_measurements'].includes(table),
);

function isVector(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.byteLength === 0 || bytes.byteLength % 4 !== 0) return false;
  for (let at = 0; at < bytes.byteLength; at += 4) if (!Number.isFinite(bytes.readFloatLE(at))) return false;
  return true;
}
