import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  real,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

import type { PartTree } from '../taxonomy/part-tree.ts';

/** Everything of ART lives in one schema, so that it can share a database with other programs. */
export const artSchema = pgSchema('art');

/**
 * Where a campaign stands. All but `done` ones can be resumed: `interrupted` and `paused` go on, `failed` ones try
 * again what failed, `out of budget` ones go on with a larger one, and `cancelled` ones only when asked for by name.
 */
export type CampaignStatus =
  | 'running'
  | 'paused'
  | 'interrupted'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'out of budget';
/** What somebody has asked a running campaign for; `run`: nothing. */
export type CampaignWish = 'run' | 'pause' | 'cancel';
/** What is left of a picture: all of it, a blurred copy, or nothing but its hash. */
export type KeptPicture = 'full' | 'blurred' | 'none';
/** Where a conversation stands. */
export type ConversationStatus = 'pending' | 'running' | 'done' | 'failed';
/** What came of a turn's prompt; `stopped` by ART's own safety rule before it reached the target. */
export type TurnOutcome = 'drawn' | 'refused' | 'stopped';
/** What came of an evaluation image; `failed` ones are drawn again by `art resume`. */
export type EvaluationOutcome = 'drawn' | 'refused' | 'failed';
/** What a stored verdict is about. */
export type VerdictSubject = 'prompt' | 'turn image' | 'evaluation image';

/** What a reviewer says of a prompt or an image. */
export type ReviewLabel = 'safe' | 'unsafe' | 'unsure';

/** Why something could not be completed; never holds a secret. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });
const identity = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();

export const campaigns = artSchema.table('campaigns', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  status: text('status').$type<CampaignStatus>().notNull(),
  strategy: text('strategy').notNull(),
  seed: bigint('seed', { mode: 'number' }).notNull(),
  rounds: integer('rounds').notNull(),
  imagesPerPrompt: integer('images_per_prompt').notNull(),
  /** The configuration as recorded: no secrets, no functions. */
  config: jsonb('config').$type<Record<string, unknown>>().notNull(),
  configHash: text('config_hash').notNull(),
  /** The configuration file it was started from, for `art resume`. */
  configFile: text('config_file'),
  artVersion: text('art_version').notNull(),
  /** Whether any model of it is the sandbox's. */
  simulated: boolean('simulated').notNull(),
  createdAt: moment('created_at').notNull(),
  finishedAt: moment('finished_at'),
  /** Of several campaigns at once, the one with the higher number goes first wherever it asks for something. */
  priority: integer('priority').notNull().default(0),
  /** What `art pause` and `art cancel` have asked for; whoever works on it obeys at the next look. */
  wish: text('wish').$type<CampaignWish>().notNull().default('run'),
  /** Why it ended before everything was done, in one sentence. */
  ending: text('ending'),
  /** Since when it is being worked on; `null` while nobody does. */
  runningSince: moment('running_since'),
  /** For how many seconds it was worked on before that, for a budget of hours. */
  workedSeconds: doublePrecision('worked_seconds').notNull().default(0),
});

export const conversations = artSchema.table(
  'conversations',
  {
    id: identity(),
    campaignId: text('campaign_id')
      .notNull()
      .references(() => campaigns.id, { onDelete: 'cascade' }),
    /** Place of the category in the campaign's list. */
    categoryOrder: integer('category_order').notNull(),
    category: text('category').notNull(),
    number: integer('number').notNull(),
    seed: bigint('seed', { mode: 'number' }).notNull(),
    startPrompt: text('start_prompt').notNull(),
    status: text('status').$type<ConversationStatus>().notNull(),
    failure: jsonb('failure').$type<Failure>(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [uniqueIndex('conversations_place').on(table.campaignId, table.category, table.number)],
);

export const images = artSchema.table(
  'images',
  {
    /** SHA-256 of the bytes, lower-case hex: the name of the file. */
    hash: text('hash').primaryKey(),
    mediaType: text('media_type').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    byteLength: integer('byte_length').notNull(),
    /** What is left of it under the campaign's `retention`. */
    kept: text('kept').$type<KeptPicture>().notNull().default('full'),
    /** The hash of the blurred copy, where that is what is left. */
    keptHash: text('kept_hash'),
    /**
     * When its bytes were last removed, by the clock of the database. The row stays a while, also where nothing refers
     * to it: whoever stored the same picture meanwhile learns from it that theirs may be gone.
     */
    droppedAt: moment('dropped_at'),
  },
  // Whether a file is somebody's blurred copy is asked by `art gc`.
  (table) => [index('images_kept_hash').on(table.keptHash).where(sql`${table.keptHash} is not null`)],
);

export const turns = artSchema.table(
  'turns',
  {
    id: identity(),
    campaignId: text('campaign_id').notNull(),
    conversationId: bigint('conversation_id', { mode: 'number' })
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    round: integer('round').notNull(),
    prompt: text('prompt').notNull(),
    instruction: text('instruction'),
    /** What the prompt was put together from, where the strategy says it. */
    tree: jsonb('tree').$type<PartTree>(),
    seed: bigint('seed', { mode: 'number' }).notNull(),
    outcome: text('outcome').$type<TurnOutcome>().notNull(),
    /** Why it was refused or stopped. */
    reason: text('reason'),
    imageHash: text('image_hash').references(() => images.hash),
    /** How many evaluation images this prompt gets. */
    evaluationImages: integer('evaluation_images').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('turns_round').on(table.conversationId, table.round),
    index('turns_campaign').on(table.campaignId),
    // Whether a prompt or an image has been judged before is asked by what it is.
    index('turns_prompt').using('hash', table.prompt),
    index('turns_image').on(table.imageHash),
  ],
);

export const evaluationImages = artSchema.table(
  'evaluation_images',
  {
    id: identity(),
    campaignId: text('campaign_id').notNull(),
    turnId: bigint('turn_id', { mode: 'number' })
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    seed: bigint('seed', { mode: 'number' }).notNull(),
    outcome: text('outcome').$type<EvaluationOutcome>().notNull(),
    reason: text('reason'),
    failure: jsonb('failure').$type<Failure>(),
    imageHash: text('image_hash').references(() => images.hash),
    /** Under which setting of a sweep it was drawn, e.g. `guidance=2.5`; `null`: the campaign's own. */
    setting: text('setting'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('evaluation_images_number').on(table.turnId, table.number),
    index('evaluation_images_campaign').on(table.campaignId),
    index('evaluation_images_image').on(table.imageHash),
  ],
);

export const verdicts = artSchema.table(
  'verdicts',
  {
    id: identity(),
    campaignId: text('campaign_id').notNull(),
    turnId: bigint('turn_id', { mode: 'number' })
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    subject: text('subject').$type<VerdictSubject>().notNull(),
    /** Number of the evaluation image; 0 for the other subjects. */
    number: integer('number').notNull(),
    judge: text('judge').notNull(),
    /** What the verdict follows from; `null` of judges that may answer differently another time. */
    revision: text('revision'),
    verdict: text('verdict').$type<'safe' | 'unsafe' | 'error'>().notNull(),
    score: real('score'),
    label: text('label'),
    found: jsonb('found').$type<readonly string[]>(),
    error: jsonb('error').$type<{ readonly code: string; readonly message: string }>(),
  },
  (table) => [
    uniqueIndex('verdicts_subject').on(table.turnId, table.subject, table.number, table.judge),
    index('verdicts_campaign').on(table.campaignId),
  ],
);

/** Judges that `art judge` added to a campaign after it was planned. */
export const addedJudges = artSchema.table(
  'added_judges',
  {
    campaignId: text('campaign_id')
      .notNull()
      .references(() => campaigns.id, { onDelete: 'cascade' }),
    subject: text('subject').$type<'prompt' | 'image'>().notNull(),
    name: text('name').notNull(),
    /** Its entry as recorded: no secrets, no functions. */
    entry: jsonb('entry').$type<Record<string, unknown>>().notNull(),
    revision: text('revision'),
    /** The configuration file that it came from, for a judge of the user's own. */
    configFile: text('config_file'),
    addedAt: moment('added_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.campaignId, table.subject, table.name] })],
);

/** What a model makes of an image, for judges that share it. */
export const embeddings = artSchema.table(
  'embeddings',
  {
    /** Of the model. */
    revision: text('revision').notNull(),
    imageHash: text('image_hash').notNull(),
    /** 32-bit floats, little-endian. */
    vector: bytes('vector').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.revision, table.imageHash] }),
    // An image that goes takes its vectors along, whoever made them.
    index('embeddings_image').on(table.imageHash),
  ],
);

/** What a sentence embedder makes of a prompt, for the diversity of prompts. */
export const promptEmbeddings = artSchema.table(
  'prompt_embeddings',
  {
    /** Of the embedder. */
    revision: text('revision').notNull(),
    /** What people call it. */
    embedder: text('embedder').notNull(),
    /** SHA-256 of the prompt's UTF-8 bytes, lower-case hex. */
    promptHash: text('prompt_hash').notNull(),
    /** 32-bit floats, little-endian. */
    vector: bytes('vector').notNull(),
    /** Of several embedders that have embedded a campaign's prompts, the last one counts. */
    embeddedAt: moment('embedded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.revision, table.promptHash] })],
);

/** What reviewers said of prompts and images; one row a reviewer and subject, the last word counts. */
export const labels = artSchema.table(
  'labels',
  {
    id: identity(),
    campaignId: text('campaign_id')
      .notNull()
      .references(() => campaigns.id, { onDelete: 'cascade' }),
    turnId: bigint('turn_id', { mode: 'number' })
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    subject: text('subject').$type<VerdictSubject>().notNull(),
    /** Number of the evaluation image; 0 for the other subjects. */
    number: integer('number').notNull(),
    reviewer: text('reviewer').notNull(),
    label: text('label').$type<ReviewLabel>().notNull(),
    labelledAt: moment('labelled_at').notNull(),
  },
  (table) => [
    uniqueIndex('labels_subject').on(table.turnId, table.subject, table.number, table.reviewer),
    index('labels_campaign').on(table.campaignId),
  ],
);

/** How judges did on labelled data (`art judges eval`): what their prevalences are corrected with. */
export const judgeMeasurements = artSchema.table(
  'judge_measurements',
  {
    id: identity(),
    judge: text('judge').notNull(),
    subject: text('subject').$type<'prompt' | 'image'>().notNull(),
    /** What its verdicts followed from; `null` of judges that may answer differently another time. */
    revision: text('revision'),
    /** `judgeEntryHash` of its entry, for judges without a revision. */
    entryHash: text('entry_hash'),
    /** The labelled data, as they are to be shown. */
    data: text('data').notNull(),
    /** Effective numbers, where subjects were chosen by verdicts: not always whole ones. */
    truePositives: doublePrecision('true_positives').notNull(),
    falseNegatives: doublePrecision('false_negatives').notNull(),
    trueNegatives: doublePrecision('true_negatives').notNull(),
    falsePositives: doublePrecision('false_positives').notNull(),
    measuredAt: moment('measured_at').notNull(),
  },
  (table) => [index('judge_measurements_judge').on(table.subject, table.judge)],
);

/** One row a request to a model endpoint that led to a stored turn or evaluation image. */
export const requests = artSchema.table(
  'requests',
  {
    id: identity(),
    campaignId: text('campaign_id').notNull(),
    turnId: bigint('turn_id', { mode: 'number' })
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    /** The evaluation image that it was for; `null`: the turn itself. */
    evaluationNumber: integer('evaluation_number'),
    endpoint: text('endpoint').notNull(),
    /** Milliseconds spent waiting for a free slot. */
    waitedMs: real('waited_ms').notNull(),
    /** Milliseconds of the attempt that succeeded. */
    tookMs: real('took_ms').notNull(),
    attempts: integer('attempts').notNull(),
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
  },
  (table) => [
    index('requests_campaign').on(table.campaignId),
    // For the foreign key: without it, removing a turn would read all requests.
    index('requests_turn').on(table.turnId),
  ],
);

/** Processes that work on campaigns of this database, each with its heartbeat. */
export const workers = artSchema.table('workers', {
  id: text('id').primaryKey(),
  /** Which command it is, e.g. `worker`. */
  command: text('command').notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  artVersion: text('art_version').notNull(),
  /** What it takes: categories, kinds of work, addresses of targets; `{}`: everything. */
  serves: jsonb('serves').$type<Record<string, readonly string[]>>().notNull(),
  /** What it is doing, for whoever shows it. */
  doing: jsonb('doing').$type<Record<string, unknown>>().notNull(),
  draining: boolean('draining').notNull().default(false),
  startedAt: moment('started_at').notNull(),
  /** By the clock of the database. */
  seenAt: moment('seen_at').notNull(),
});

/** A slot is one request in flight at an endpoint, over all workers together; whoever holds it stands in it. */
export const endpointSlots = artSchema.table(
  'endpoint_slots',
  {
    /** Which endpoint: what its limits belong to. */
    endpoint: text('endpoint').notNull(),
    /** From 1 to the endpoint's concurrency. */
    slot: integer('slot').notNull(),
    /** Its id and, after a space, by which taking. */
    worker: text('worker'),
    /** Until when it is held, by the clock of the database; then it is anybody's. */
    heldUntil: moment('held_until'),
  },
  (table) => [primaryKey({ columns: [table.endpoint, table.slot] })],
);

/** When an endpoint may be asked next, over all workers together. */
export const endpointPaces = artSchema.table('endpoint_paces', {
  endpoint: text('endpoint').primaryKey(),
  /** By `requestsPerMinute`. */
  nextAt: moment('next_at'),
  /** Because it said so (429 with `Retry-After`). */
  pausedUntil: moment('paused_until'),
});

/** Where the pictures of this database are: one row, written when the first place is taken. */
export const imagePlaces = artSchema.table('image_places', {
  /** Always 1. */
  id: integer('id').primaryKey(),
  /** What the marker in that place says; a place that says something else is somebody else's. */
  token: text('token').notNull(),
  /** For people. */
  location: text('location').notNull(),
});

export type CampaignRow = typeof campaigns.$inferSelect;
export type ConversationRow = typeof conversations.$inferSelect;
export type TurnRow = typeof turns.$inferSelect;
export type EvaluationImageRow = typeof evaluationImages.$inferSelect;
export type VerdictRow = typeof verdicts.$inferSelect;
export type AddedJudgeRow = typeof addedJudges.$inferSelect;
export type LabelRow = typeof labels.$inferSelect;
export type JudgeMeasurementRow = typeof judgeMeasurements.$inferSelect;
export type ImageRow = typeof images.$inferSelect;
/** An image as it is stored first; without `kept` it is whole. */
export type NewImage = Omit<ImageRow, 'kept' | 'keptHash' | 'droppedAt'> &
  Partial<Pick<ImageRow, 'kept' | 'keptHash'>>;
export type WorkerRow = typeof workers.$inferSelect;
export type NewVerdict = Omit<typeof verdicts.$inferInsert, 'campaignId' | 'turnId'>;
export type NewRequest = Omit<
  typeof requests.$inferInsert,
  'id' | 'campaignId' | 'turnId' | 'evaluationNumber'
>;
