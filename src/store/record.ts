import { asc, eq, getTableColumns } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { type RecordedVerdict, readVerdictsByTurn } from './recorded-verdicts.ts';
import {
  type ConversationRow,
  conversations,
  type EvaluationImageRow,
  evaluationImages,
  type ImageRow,
  images,
  type TurnRow,
  turns,
} from './schema.ts';

/** An evaluation image with all that is known of it. */
export interface ImageOfRecord {
  readonly row: EvaluationImageRow;
  readonly image: ImageRow | undefined;
  readonly verdicts: readonly RecordedVerdict[];
}

/** A turn with all that is known of it. */
export interface TurnRecord {
  readonly conversation: ConversationRow;
  readonly turn: TurnRow;
  readonly image: ImageRow | undefined;
  readonly promptVerdicts: readonly RecordedVerdict[];
  /** On the turn's own image. */
  readonly imageVerdicts: readonly RecordedVerdict[];
  readonly evaluation: readonly ImageOfRecord[];
}

/** Everything that the tables are made from: the turns in the order of the plan, each with its evaluation. */
export async function readRecord(database: Database, campaignId: string): Promise<TurnRecord[]> {
  const held = await database.select().from(conversations).where(eq(conversations.campaignId, campaignId));
  const played = await database
    .select({ turn: getTableColumns(turns), image: getTableColumns(images) })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .leftJoin(images, eq(images.hash, turns.imageHash))
    .where(eq(turns.campaignId, campaignId))
    .orderBy(asc(conversations.categoryOrder), asc(conversations.number), asc(turns.round));
  const drawn = await database
    .select({ row: evaluationImages, image: images })
    .from(evaluationImages)
    .leftJoin(images, eq(images.hash, evaluationImages.imageHash))
    .where(eq(evaluationImages.campaignId, campaignId))
    .orderBy(asc(evaluationImages.turnId), asc(evaluationImages.number));
  const said = await readVerdictsByTurn(database, campaignId);

  const heldById = new Map(held.map((conversation) => [conversation.id, conversation]));
  const drawnByTurn = Map.groupBy(drawn, ({ row }) => row.turnId);
  return played.flatMap(({ turn, image }) => {
    const conversation = heldById.get(turn.conversationId);
    // A conversation that began between the two queries comes with the next reading.
    if (conversation === undefined) return [];
    const of = said.get(turn.id);
    return {
      conversation,
      turn,
      image: image ?? undefined,
      promptVerdicts: of?.prompt ?? [],
      imageVerdicts: of?.image ?? [],
      evaluation: (drawnByTurn.get(turn.id) ?? []).map((one) => ({
        row: one.row,
        image: one.image ?? undefined,
        verdicts: of?.evaluation.get(one.row.number) ?? [],
      })),
    };
  });
}
