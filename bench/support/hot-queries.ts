import { sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import { CampaignQueue } from '../../src/campaign/queue.ts';
import { readStanding } from '../../src/campaign/standing.ts';
import { readCampaignState } from '../../src/store/campaign-state.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import { countCampaign } from '../../src/store/counts.ts';
import { freeSlots, makeSlots, takeSlots } from '../../src/store/endpoint-slots.ts';
import { insertEvaluationImage, listOpenEvaluations, readEvaluation } from '../../src/store/evaluation.ts';
import { findKnownVerdicts } from '../../src/store/known-verdicts.ts';
import type { Database } from '../../src/store/open-store.ts';
import { readRecord } from '../../src/store/record.ts';
import { readRequestStatistics, sumRequests } from '../../src/store/request-statistics.ts';
import { rowsOf } from '../../src/store/rows.ts';
import type { CampaignRow, TurnRow } from '../../src/store/schema.ts';
import { findTurn, insertTurn, readTurns } from '../../src/store/turns.ts';
import type { PlanReader, Statement } from './query-plan.ts';

/** A place in a campaign that is asked about. */
export interface Place {
  readonly campaign: CampaignRow;
  readonly turn: TurnRow;
}

/**
 * Tables that grow with every turn: a statement of a hot path may not read one of them from end to end. (Conversations
 * are few: to read all of some pages is quicker than an index.)
 */
export const BIG_TABLES: ReadonlySet<string> = new Set([
  'turns',
  'evaluation_images',
  'images',
  'verdicts',
  'requests',
  'endpoint_slots',
]);

/** Code whose queries have to be quick however much there is in the database. */
export interface HotQuery {
  readonly name: string;
  /** Each of them serves one of its statements. */
  readonly indexes: readonly string[];
  /** Of the big tables, those that are better read from end to end where most of it is wanted. */
  readonly mayScan?: readonly string[];
  run(database: Database, place: Place): Promise<unknown>;
}

/** A turn in the middle of a campaign. */
export async function middleOf(database: Database, campaign: CampaignRow): Promise<Place> {
  const [row] = rowsOf(
    await database.execute(sql`
      select id from art.turns where campaign_id = ${campaign.id}
      order by id offset (select count(*) / 2 from art.turns where campaign_id = ${campaign.id}) limit 1`),
  );
  const turn = await findTurn(database, Number(row?.id));
  if (turn === undefined) throw new Error(`${campaign.id} has no turns`);
  return { campaign, turn };
}

const CREATED = new Date(Date.UTC(2026, 5, 7));

function pictureOf(text: string) {
  return {
    hash: contentHash(Buffer.from(text)),
    mediaType: 'image/png',
    width: 64,
    height: 64,
    byteLength: 100,
  };
}

const SAID = { judge: 'sf', revision: 'revision of sf', verdict: 'safe', score: 0.1 } as const;
const ASKED = {
  endpoint: 'target',
  waitedMs: 1,
  tookMs: 1,
  attempts: 1,
  inputTokens: null,
  outputTokens: null,
};

/** What every turn and every image asks, and what is asked now and then of a whole campaign. */
export const HOT_QUERIES: readonly HotQuery[] = [
  {
    name: 'a turn is stored',
    indexes: ['turns_round', 'verdicts_subject'],
    run: (database, { turn }) =>
      insertTurn(database, {
        turn: {
          campaignId: turn.campaignId,
          conversationId: turn.conversationId,
          round: 100_000,
          prompt: 'a new prompt',
          seed: 1,
          outcome: 'drawn',
          evaluationImages: 3,
          createdAt: CREATED,
        },
        image: pictureOf('new'),
        verdicts: [
          { ...SAID, subject: 'prompt', number: 0 },
          { ...SAID, subject: 'turn image', number: 0 },
        ],
        requests: [ASKED],
      }),
  },
  {
    name: 'an evaluation image is stored',
    indexes: ['evaluation_images_number', 'verdicts_subject'],
    run: (database, { turn }) =>
      insertEvaluationImage(database, {
        turn,
        row: { number: 1_000, seed: 1, outcome: 'drawn', createdAt: CREATED },
        image: pictureOf('another'),
        verdicts: [{ ...SAID, subject: 'evaluation image', number: 1_000 }],
        requests: [ASKED],
      }),
  },
  {
    name: 'a conversation goes on',
    indexes: ['turns_round', 'images_pkey', 'verdicts_subject'],
    run: (database, { turn }) => readTurns(database, turn.conversationId),
  },
  {
    name: 'a turn is evaluated',
    indexes: ['turns_pkey', 'evaluation_images_number'],
    run: (database, { turn }) => readEvaluation(database, turn.id),
  },
  {
    name: 'whether an image was judged before',
    indexes: ['turns_image', 'evaluation_images_image', 'verdicts_subject'],
    run: (database, { turn }) =>
      findKnownVerdicts(database, { kind: 'image', hash: turn.imageHash ?? '' }, ['revision of sf']),
  },
  {
    name: 'whether a prompt was judged before',
    indexes: ['turns_prompt', 'verdicts_subject'],
    run: (database, { turn }) =>
      findKnownVerdicts(database, { kind: 'prompt', text: turn.prompt }, ['revision of llama-guard']),
  },
  {
    name: 'what is still to be evaluated',
    indexes: ['turns_campaign', 'evaluation_images_number'],
    run: (database, { campaign }) => listOpenEvaluations(database, campaign.id),
  },
  {
    name: 'how far a campaign is',
    indexes: ['turns_campaign', 'evaluation_images_campaign'],
    run: (database, { campaign }) => countCampaign(database, campaign.id),
  },
  {
    name: 'progress over all workers',
    indexes: ['verdicts_campaign'],
    run: (database, { campaign }) =>
      readStanding(database, campaign, 'any', { prompt: ['llama-guard'], image: ['sf'] }),
  },
  {
    name: 'what a budget has left',
    indexes: ['requests_campaign'],
    run: (database, { campaign }) => sumRequests(database, campaign.id),
  },
  {
    name: 'what requests took',
    indexes: ['requests_campaign'],
    run: (database, { campaign }) => readRequestStatistics(database, campaign.id),
  },
  {
    name: 'whether pages have changed',
    indexes: ['verdicts_campaign'],
    run: (database, { campaign }) => readCampaignState(database, campaign),
  },
  {
    name: 'report and gallery',
    mayScan: ['images'],
    indexes: ['turns_campaign', 'evaluation_images_campaign', 'verdicts_campaign'],
    run: (database, { campaign }) => readRecord(database, campaign.id),
  },
  {
    name: 'a slot is taken and given back',
    indexes: ['endpoint_slots_endpoint_slot_pk'],
    async run(database) {
      const endpoint = 'endpoint 77';
      const request = { endpoint, concurrency: 8, worker: 'w', taking: '1.1', count: 2, leaseSeconds: 30 };
      const taken = await takeSlots(database, request);
      await freeSlots(database, taken, { endpoint, worker: 'w' });
    },
  },
];

/** Fills the tables that a made-up campaign does not fill: slots of many endpoints. */
export async function fillSlots(database: Database): Promise<void> {
  for (let number = 0; number < 200; number++) await makeSlots(database, `endpoint ${number}`, 8);
}

/** The statement with which jobs are fetched from a queue of so many. */
export async function fetchStatement(
  reader: PlanReader,
  database: Database,
  jobs: number,
): Promise<Statement> {
  const statements: Statement[] = [];
  const boss = new PgBoss({
    schema: 'art_queue',
    db: {
      executeSql: (text, values = []) => {
        statements.push({ text, values });
        return reader.query({ text, values });
      },
    },
    supervise: false,
    schedule: false,
  });
  await boss.start();
  try {
    const queue = await CampaignQueue.open({ boss, close: async () => undefined }, 'server', {
      campaignId: 'queued',
      categories: ['violence'],
      onError: (error) => {
        throw error;
      },
    });
    const work = Array.from({ length: jobs }, (_, id) => ({ id, category: 'violence' }));
    await queue.add(database, 'evaluation', work);
    await database.execute(sql`vacuum analyze`);
    statements.length = 0;
    await queue.take('evaluation', 5);
    queue.close();
  } finally {
    await boss.stop({ graceful: false });
  }
  const fetch = statements.find(({ text }) => /skip locked/i.test(text));
  if (fetch === undefined) throw new Error('no jobs were fetched');
  return fetch;
}
