import { asc, eq } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import {
  type ConversationRow,
  conversations,
  type EvaluationImageRow,
  evaluationImages,
  type ImageRow,
  images,
  type TurnRow,
  turns,
  type VerdictRow,
  verdicts,
} from './schema.ts';

/** A turn with all that is known of it. */
export interface TurnRecord {
  readonly conversation: ConversationRow;
  readonly turn: TurnRow;
  readonly promptVerdicts: readonly VerdictRow[];
  readonly evaluation: readonly {
    readonly row: EvaluationImageRow;
    readonly image: ImageRow | undefined;
    readonly verdicts: readonly VerdictRow[];
  }[];
}

/** Everything that the tables are made from: the turns in the order of the plan, each with its evaluation. */
export async function readRecord(database: Database, campaignId: string): Promise<TurnRecord[]> {
  const played = await database
    .select({ conversation: conversations, turn: turns })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .where(eq(turns.campaignId, campaignId))
    .orderBy(asc(conversations.categoryOrder), asc(conversations.number), asc(turns.round));
  const drawn = await database
    .select({ row: evaluationImages, image: images })
    .from(evaluationImages)
    .leftJoin(images, eq(images.hash, evaluationImages.imageHash))
    .where(eq(evaluationImages.campaignId, campaignId))
    .orderBy(asc(evaluationImages.turnId), asc(evaluationImages.number));
  const said = await database.select().from(verdicts).where(eq(verdicts.campaignId, campaignId));

  const drawnByTurn = Map.groupBy(drawn, ({ row }) => row.turnId);
  const saidBySubject = Map.groupBy(said, subjectKey);
  return played.map(({ conversation, turn }) => ({
    conversation,
    turn,
    promptVerdicts: saidBySubject.get(subjectKey({ turnId: turn.id, subject: 'prompt', number: 0 })) ?? [],
    evaluation: (drawnByTurn.get(turn.id) ?? []).map(({ row, image }) => ({
      row,
      image: image ?? undefined,
      verdicts:
        saidBySubject.get(subjectKey({ turnId: turn.id, subject: 'evaluation image', number: row.number })) ??
        [],
    })),
  }));
}

function subjectKey({ turnId, subject, number }: Pick<VerdictRow, 'turnId' | 'subject' | 'number'>): string {
  return `${turnId}/${subject}/${number}`;
}
