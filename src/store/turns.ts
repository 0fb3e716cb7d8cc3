import { asc, eq } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import {
  type ImageRow,
  images,
  type NewRequest,
  type NewVerdict,
  requests,
  type TurnRow,
  turns,
  type VerdictRow,
  verdicts,
} from './schema.ts';
import { StoreError } from './store-error.ts';

/** A turn as it is committed: all of it or nothing. */
export interface NewTurn {
  readonly turn: Omit<typeof turns.$inferInsert, 'imageHash'>;
  readonly image: ImageRow | undefined;
  readonly verdicts: readonly NewVerdict[];
  readonly requests: readonly NewRequest[];
}

/**
 * Stores a turn with its image's row, verdicts and requests; to be called within a transaction.
 *
 * @throws {@link StoreError} `TURN_ALREADY_STORED` when another worker was faster
 */
export async function insertTurn(database: Database, { turn, image, ...rest }: NewTurn): Promise<TurnRow> {
  if (image !== undefined) await insertImage(database, image);
  const [row] = await database
    .insert(turns)
    .values({ ...turn, imageHash: image?.hash ?? null })
    .onConflictDoNothing({ target: [turns.conversationId, turns.round] })
    .returning();
  if (row === undefined) {
    throw new StoreError({
      code: 'TURN_ALREADY_STORED',
      message: `Round ${turn.round} of conversation ${turn.conversationId} is stored already.`,
      hint: 'Another worker holds the conversation; nothing was lost.',
      data: { conversationId: turn.conversationId, round: turn.round },
    });
  }
  await insertVerdicts(database, row, rest.verdicts);
  await insertRequests(database, row, rest.requests);
  return row;
}

/** Stores an image's row, unless the same bytes are known already. */
export async function insertImage(database: Database, image: ImageRow): Promise<void> {
  await database.insert(images).values(image).onConflictDoNothing();
}

/** Stores verdicts on something of a turn; one that is there already stays. */
export async function insertVerdicts(
  database: Database,
  { campaignId, id: turnId }: { readonly campaignId: string; readonly id: number },
  rows: readonly NewVerdict[],
): Promise<void> {
  if (rows.length === 0) return;
  await database
    .insert(verdicts)
    .values(rows.map((row) => ({ ...row, campaignId, turnId })))
    .onConflictDoNothing();
}

/** Stores what the requests for a turn took. */
export async function insertRequests(
  database: Database,
  { campaignId, id: turnId }: { readonly campaignId: string; readonly id: number },
  rows: readonly NewRequest[],
): Promise<void> {
  if (rows.length === 0) return;
  await database.insert(requests).values(rows.map((row) => ({ ...row, campaignId, turnId })));
}

/** The turns of a conversation, oldest first, with what the judges said of them. */
export async function readTurns(
  database: Database,
  conversationId: number,
): Promise<{ turn: TurnRow; mediaType: string | null; verdicts: VerdictRow[] }[]> {
  const rows = await database
    .select({ turn: turns, mediaType: images.mediaType })
    .from(turns)
    .leftJoin(images, eq(images.hash, turns.imageHash))
    .where(eq(turns.conversationId, conversationId))
    .orderBy(asc(turns.round));
  const said = await database
    .select({ verdict: verdicts })
    .from(verdicts)
    .innerJoin(turns, eq(turns.id, verdicts.turnId))
    .where(eq(turns.conversationId, conversationId));
  const byTurn = Map.groupBy(
    said.map(({ verdict }) => verdict),
    ({ turnId }) => turnId,
  );
  return rows.map(({ turn, mediaType }) => ({ turn, mediaType, verdicts: byTurn.get(turn.id) ?? [] }));
}

/** One turn, if it is there. */
export async function findTurn(database: Database, id: number): Promise<TurnRow | undefined> {
  const [row] = await database.select().from(turns).where(eq(turns.id, id));
  return row;
}
