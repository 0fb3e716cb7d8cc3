import { and, asc, eq, ne, sql } from 'drizzle-orm';
import type { OpenWork } from './campaigns.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import {
  type ConversationRow,
  conversations,
  evaluationImages,
  type NewImage,
  type NewRequest,
  type NewVerdict,
  type TurnRow,
  turns,
} from './schema.ts';
import { storableJson, storableText } from './storable.ts';
import { hasImage, refuseDropped, withImage, withRequests, withVerdicts } from './turns.ts';

/** An evaluation image as it is committed: all of it or nothing. */
export interface NewEvaluationImage {
  readonly turn: TurnRow;
  readonly row: Omit<typeof evaluationImages.$inferInsert, 'imageHash' | 'turnId' | 'campaignId'>;
  readonly image: NewImage | undefined;
  readonly verdicts: readonly NewVerdict[];
  readonly requests: readonly NewRequest[];
}

/**
 * Stores an evaluation image with its verdicts; in one statement. One that failed
 * earlier is replaced, one that was drawn or refused stays as it is.
 *
 * @throws {@link StoreError} `IMAGE_DROPPED` when the picture has been removed meanwhile: see `commit-picture.ts`
 */
export async function insertEvaluationImage(database: Database, entry: NewEvaluationImage): Promise<void> {
  const { turn, row, image } = entry;
  const result = await database.execute(sql`
    with ${withImage(image)} stored as (
      insert into ${evaluationImages} as old (campaign_id, turn_id, number, seed, setting, outcome, reason, failure, image_hash, created_at)
      select ${turn.campaignId}::text, ${turn.id}::bigint, ${row.number}::int, ${row.seed}::bigint, ${row.setting ?? null}::text, ${row.outcome}::text, ${row.reason == null ? null : storableText(row.reason)}::text, ${storableJson(row.failure ?? null)}::jsonb, ${image?.hash ?? null}::text, ${row.createdAt.toISOString()}::timestamptz
      where ${hasImage(image)}
      on conflict (turn_id, number) do update set
        seed = excluded.seed, setting = excluded.setting, outcome = excluded.outcome, reason = excluded.reason, failure = excluded.failure,
        image_hash = excluded.image_hash, created_at = excluded.created_at
      where old.outcome = 'failed'
      returning campaign_id, turn_id
    ), ${withVerdicts(entry.verdicts)}, ${withRequests(entry.requests, row.number)}
    select ${hasImage(image)} as has_image`);
  refuseDropped(rowsOf(result)[0], image);
}

/** What is still to be drawn for a turn's evaluation: the turn, its conversation and the numbers stored already. */
export async function readEvaluation(
  database: Database,
  turnId: number,
): Promise<{ turn: TurnRow; conversation: ConversationRow; stored: Set<number> } | undefined> {
  const [found] = await database
    .select({ turn: turns, conversation: conversations })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .where(eq(turns.id, turnId));
  if (found === undefined) return undefined;
  const stored = await database
    .select({ number: evaluationImages.number })
    .from(evaluationImages)
    .where(eq(evaluationImages.turnId, turnId));
  return { ...found, stored: new Set(stored.map(({ number }) => number)) };
}

/** The turns of a campaign whose evaluation is not complete, in the order in which they were played. */
export async function listOpenEvaluations(database: Database, campaignId: string): Promise<OpenWork[]> {
  const stored = database
    .select({ count: sql`count(*)` })
    .from(evaluationImages)
    .where(eq(evaluationImages.turnId, turns.id));
  // Counted turn by turn, by an index: all of them at once would not fit into the memory of a sort or a hash table.
  return database
    .select({ id: turns.id, category: conversations.category })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .where(
      and(
        eq(turns.campaignId, campaignId),
        ne(turns.evaluationImages, 0),
        sql`(${stored}) < ${turns.evaluationImages}`,
      ),
    )
    .orderBy(asc(turns.id));
}

/** Forgets evaluation images that failed, so that they are drawn again. */
export async function forgetFailedEvaluations(database: Database, campaignId: string): Promise<void> {
  await database
    .delete(evaluationImages)
    .where(and(eq(evaluationImages.campaignId, campaignId), eq(evaluationImages.outcome, 'failed')));
}
