import { eq, sql } from 'drizzle-orm';
import { insertCampaign, type NewCampaign, type NewConversation } from './campaigns.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import {
  type CampaignRow,
  campaigns,
  conversations,
  evaluationImages,
  type NewVerdict,
  turns,
  verdicts,
} from './schema.ts';
import { storableJson, storableScore } from './storable.ts';

/** A turn of a campaign that was run elsewhere; nothing is known of its pictures but the verdicts. */
export interface ImportedTurn {
  readonly round: number;
  readonly prompt: string;
  readonly seed: number;
  /** How many evaluation images it has, numbered from 0. */
  readonly images: number;
  readonly verdicts: readonly NewVerdict[];
}

/** A conversation of a campaign that was run elsewhere. */
export interface ImportedConversation extends NewConversation {
  readonly turns: readonly ImportedTurn[];
}

/** Rows of a statement: enough for speed, few enough for the memory of an embedded database. */
const ROWS_PER_STATEMENT = 5_000;

/**
 * Keeps two processes from importing the same at once; to be called within a transaction.
 *
 * @param what what is imported: a hash, an id
 */
export async function lockImport(database: Database, what: string): Promise<void> {
  await database.execute(sql`select pg_advisory_xact_lock(hashtext(${`art.import ${what}`}))`);
}

/** The campaign of exactly that id, if there is one. */
export async function findById(database: Database, id: string): Promise<CampaignRow | undefined> {
  const [row] = await database.select().from(campaigns).where(eq(campaigns.id, id));
  return row;
}

/** The campaign that was recorded with this hash of its configuration, if there is one. */
export async function findByConfigHash(
  database: Database,
  configHash: string,
): Promise<CampaignRow | undefined> {
  const [row] = await database.select().from(campaigns).where(eq(campaigns.configHash, configHash)).limit(1);
  return row;
}

/**
 * Stores a whole campaign that was run elsewhere, done as it is; to be called within a transaction.
 *
 * @param planned its conversations; no two of one category with the same number, no round twice
 */
export async function insertImportedCampaign(
  database: Database,
  campaign: NewCampaign,
  planned: readonly ImportedConversation[],
): Promise<void> {
  const rows = await insertCampaign(
    database,
    campaign,
    planned.map(({ turns: _turns, ...conversation }) => conversation),
  );
  const { id: campaignId, createdAt } = campaign;
  await database
    .update(conversations)
    .set({ status: 'done', startedAt: createdAt, finishedAt: createdAt })
    .where(eq(conversations.campaignId, campaignId));
  const idByPlace = new Map(rows.map(({ id, category, number }) => [placeKey(category, number), id]));
  const played = planned.flatMap(({ category, number, turns: said }) => {
    const conversationId = idByPlace.get(placeKey(category, number)) ?? 0;
    return said.map((turn) => ({ ...turn, conversationId }));
  });
  const moment = createdAt.toISOString();

  const turnIds = new Map<string, number>();
  for (const chunk of chunksOf(played)) {
    const stored = await database.execute(sql`
      insert into ${turns} (campaign_id, conversation_id, round, prompt, seed, outcome, evaluation_images, created_at)
      select ${campaignId}, r."conversationId", r.round, r.prompt, r.seed, 'drawn', r.images, ${moment}::timestamptz
      from jsonb_to_recordset(${storableJson(
        chunk.map(({ conversationId, round, prompt, seed, images }) => ({
          conversationId,
          round,
          prompt,
          seed,
          images,
        })),
      )}::jsonb) as r("conversationId" bigint, round int, prompt text, seed bigint, images int)
      returning id::text as id, conversation_id::text as conversation, round`);
    for (const row of rowsOf(stored)) turnIds.set(`${row.conversation}/${row.round}`, Number(row.id));
  }
  const withIds = played.map((turn) => ({
    ...turn,
    turnId: turnIds.get(`${turn.conversationId}/${turn.round}`) ?? 0,
  }));

  const drawn = withIds.flatMap(({ turnId, seed, images }) =>
    Array.from({ length: images }, (_, number) => ({ turnId, number, seed })),
  );
  for (const chunk of chunksOf(drawn)) {
    await database.execute(sql`
      insert into ${evaluationImages} (campaign_id, turn_id, number, seed, outcome, created_at)
      select ${campaignId}, r."turnId", r.number, r.seed, 'drawn', ${moment}::timestamptz
      from jsonb_to_recordset(${storableJson(chunk)}::jsonb) as r("turnId" bigint, number int, seed bigint)`);
  }

  const said = withIds.flatMap((turn) =>
    turn.verdicts.map((verdict) => ({
      ...verdict,
      turnId: turn.turnId,
      score: storableScore(verdict.score),
    })),
  );
  for (const chunk of chunksOf(said)) {
    await database.execute(sql`
      insert into ${verdicts} (campaign_id, turn_id, subject, number, judge, verdict, score, label, found, error)
      select ${campaignId}, r."turnId", r.subject, r.number, r.judge, r.verdict, r.score, r.label, r.found, r.error
      from jsonb_to_recordset(${storableJson(chunk)}::jsonb)
        as r("turnId" bigint, subject text, number int, judge text, verdict text, score real, label text, found jsonb, error jsonb)`);
  }
}

function placeKey(category: string, number: number): string {
  return `${number}/${category}`;
}

function* chunksOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}
