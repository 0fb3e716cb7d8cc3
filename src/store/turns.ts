import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { KeptImage } from './kept-picture.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import {
  images,
  type NewImage,
  type NewRequest,
  type NewVerdict,
  requests,
  type TurnRow,
  turns,
  type VerdictRow,
  verdicts,
} from './schema.ts';
import { storableCount, storableJson, storableScore, storableText } from './storable.ts';
import { StoreError } from './store-error.ts';

/** A turn as it is committed: all of it or nothing. */
export interface NewTurn {
  readonly turn: Omit<typeof turns.$inferInsert, 'imageHash'>;
  readonly image: NewImage | undefined;
  readonly verdicts: readonly NewVerdict[];
  readonly requests: readonly NewRequest[];
}

/**
 * Stores a turn with its image's row, verdicts and requests, all in one statement: what a turn costs
 * is mostly statements.
 *
 * @throws {@link StoreError} `TURN_ALREADY_STORED` when another worker was faster, `IMAGE_DROPPED` when the picture has
 *   been removed meanwhile: see `commit-picture.ts`
 */
export async function insertTurn(database: Database, entry: NewTurn): Promise<TurnRow> {
  const { image } = entry;
  const turn = {
    ...entry.turn,
    prompt: storableText(entry.turn.prompt),
    instruction: storableOrNull(entry.turn.instruction),
    reason: storableOrNull(entry.turn.reason),
    tree: entry.turn.tree ?? null,
  };
  const result = await database.execute(sql`
    with ${withImage(image)} stored as (
      insert into ${turns} (campaign_id, conversation_id, round, prompt, instruction, tree, seed, outcome, reason, image_hash, evaluation_images, created_at)
      select ${turn.campaignId}::text, ${turn.conversationId}::bigint, ${turn.round}::int, ${turn.prompt}::text, ${turn.instruction}::text, ${turn.tree === null ? null : storableJson(turn.tree)}::jsonb, ${turn.seed}::bigint, ${turn.outcome}::text, ${turn.reason}::text, ${image?.hash ?? null}::text, ${turn.evaluationImages}::int, ${turn.createdAt.toISOString()}::timestamptz
      where ${hasImage(image)}
      on conflict (conversation_id, round) do nothing
      returning id, campaign_id, id as turn_id
    ), ${withVerdicts(entry.verdicts)}, ${withRequests(entry.requests, null)}
    select (select id::text from stored) as id, ${hasImage(image)} as has_image`);
  const [stored] = rowsOf(result);
  refuseDropped(stored, image);
  const id = stored?.id ?? (await findSame(database, turn));
  if (id === undefined) {
    throw new StoreError({
      code: 'TURN_ALREADY_STORED',
      message: `Round ${turn.round} of conversation ${turn.conversationId} is stored already.`,
      hint: 'Another worker holds the conversation; nothing was lost.',
      data: { conversationId: turn.conversationId, round: turn.round },
    });
  }
  return {
    ...turn,
    id: Number(id),
    imageHash: image?.hash ?? null,
  };
}

/** The same turn, stored by a try whose answer was lost on the way: nobody else has both its words and its moment. */
async function findSame(
  database: Database,
  { conversationId, round, prompt, createdAt }: NewTurn['turn'],
): Promise<number | undefined> {
  const [row] = await database
    .select({ id: turns.id })
    .from(turns)
    .where(
      and(
        eq(turns.conversationId, conversationId),
        eq(turns.round, round),
        eq(turns.prompt, prompt),
        eq(turns.createdAt, createdAt),
      ),
    );
  return row?.id;
}

/**
 * The part of a statement that stores an image's row. One that is there already is locked, so that nobody removes the
 * picture meanwhile; of one whose picture has been removed nothing is given back where the picture is to stay whole.
 */
export function withImage(image: NewImage | undefined): SQL {
  if (image === undefined) return sql``;
  const { kept = 'full', keptHash = null } = image;
  const onConflict =
    kept === 'full'
      ? sql`set byte_length = excluded.byte_length where old.kept = 'full'`
      : // What others have kept of it stays.
        sql`set kept = case old.kept when 'none' then excluded.kept else old.kept end,
          kept_hash = case old.kept when 'none' then excluded.kept_hash else old.kept_hash end`;
  return sql`image as (
      insert into ${images} as old (hash, media_type, width, height, byte_length, kept, kept_hash, dropped_at)
      values (${image.hash}, ${image.mediaType}, ${image.width}, ${image.height}, ${image.byteLength}, ${kept}, ${keptHash},
        case when ${kept} = 'full' then null else clock_timestamp() end)
      on conflict (hash) do update ${onConflict}
      returning hash
    ),`;
}

/** The condition, in a statement with {@link withImage}, that the picture is there or none is needed. */
export function hasImage(image: NewImage | undefined): SQL {
  return image === undefined ? sql`true` : sql`exists (select from image)`;
}

/**
 * Looks at what a statement says of {@link hasImage}.
 *
 * @param row with `has_image`
 * @throws {@link StoreError} `IMAGE_DROPPED`
 */
export function refuseDropped(row: Record<string, unknown> | undefined, image: NewImage | undefined): void {
  if (image === undefined || row?.has_image === true) return;
  throw new StoreError({
    code: 'IMAGE_DROPPED',
    message: `The picture ${image.hash} has been removed since it was stored.`,
    hint: 'It is stored again, and nothing is lost.',
    data: { hash: image.hash },
  });
}

/**
 * The part that stores verdicts on what `stored` (campaign_id, turn_id) names; one that is there already
 * stays, unless it is an error.
 */
export function withVerdicts(rows: readonly NewVerdict[]): SQL {
  const storable = rows.map((row) => ({ ...row, score: storableScore(row.score) }));
  return sql`said as (
    insert into ${verdicts} as old (campaign_id, turn_id, subject, number, judge, revision, verdict, score, label, found, error)
    select stored.campaign_id, stored.turn_id, v.subject, v.number, v.judge, v.revision, v.verdict, v.score, v.label, v.found, v.error
    from stored, jsonb_to_recordset(${storableJson(storable)}::jsonb)
      as v(subject text, number int, judge text, revision text, verdict text, score real, label text, found jsonb, error jsonb)
    on conflict (turn_id, subject, number, judge) do update set
      revision = excluded.revision, verdict = excluded.verdict, score = excluded.score,
      label = excluded.label, found = excluded.found, error = excluded.error
    where old.verdict = 'error'
  )`;
}

/** The part that stores what the requests for what `stored` names took. */
export function withRequests(rows: readonly NewRequest[], evaluationNumber: number | null): SQL {
  const storable = rows.map((row) => ({
    ...row,
    inputTokens: storableCount(row.inputTokens),
    outputTokens: storableCount(row.outputTokens),
  }));
  return sql`asked as (
    insert into ${requests} (campaign_id, turn_id, evaluation_number, endpoint, waited_ms, took_ms, attempts, input_tokens, output_tokens)
    select stored.campaign_id, stored.turn_id, ${evaluationNumber}::int, r."endpoint", r."waitedMs", r."tookMs", r."attempts", r."inputTokens", r."outputTokens"
    from stored, jsonb_to_recordset(${storableJson(storable)}::jsonb)
      as r("endpoint" text, "waitedMs" real, "tookMs" real, "attempts" int, "inputTokens" int, "outputTokens" int)
  )`;
}

/** The turns of a conversation, oldest first, with what the judges said of them. */
export async function readTurns(
  database: Database,
  conversationId: number,
): Promise<{ turn: TurnRow; image: KeptImage | null; verdicts: VerdictRow[] }[]> {
  const rows = await database
    .select()
    .from(turns)
    .where(eq(turns.conversationId, conversationId))
    .orderBy(asc(turns.round));
  // An embedded database has no statistics, and would read all images and verdicts for joins and lists.
  const ids = JSON.stringify(rows.map(({ id }) => id));
  const saidOf = database
    .select()
    .from(verdicts)
    .where(sql`${verdicts.turnId} = asked.turn::bigint offset 0`)
    .as('said');
  const said = await database
    .select()
    .from(sql`jsonb_array_elements_text(${ids}::jsonb) as asked(turn)`)
    .crossJoinLateral(saidOf);
  const hashes = rows.flatMap(({ imageHash }) => imageHash ?? []);
  const kept = await database
    .select({ hash: images.hash, mediaType: images.mediaType, kept: images.kept, keptHash: images.keptHash })
    .from(images)
    .where(inArray(images.hash, hashes));
  const byTurn = Map.groupBy(
    said.map((row) => row.said),
    ({ turnId }) => turnId,
  );
  const byHash = new Map(kept.map((image) => [image.hash, image]));
  return rows.map((turn) => ({
    turn,
    image: byHash.get(turn.imageHash ?? '') ?? null,
    verdicts: byTurn.get(turn.id) ?? [],
  }));
}

/** One turn, if it is there. */
export async function findTurn(database: Database, id: number): Promise<TurnRow | undefined> {
  const [row] = await database.select().from(turns).where(eq(turns.id, id));
  return row;
}

function storableOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : storableText(text);
}
