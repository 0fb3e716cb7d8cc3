import { type SQL, sql } from 'drizzle-orm';
import { putMeasurements } from '../judge-measurements.ts';
import type { Database } from '../open-store.ts';
import { rowsOf } from '../rows.ts';
import {
  addedJudges,
  campaigns,
  conversations,
  evaluationImages,
  images,
  judgeMeasurements,
  labels,
  promptEmbeddings,
  requests,
  turns,
  verdicts,
} from '../schema.ts';
import { storableJson } from '../storable.ts';
import type { ArchivedCampaign, ArchivedRow, ArchivedTable } from './rows.ts';

/** The rows of an archive, a table at a time. */
export type ArchivedRows = <Table extends ArchivedTable>(table: Table) => AsyncIterable<ArchivedRow<Table>>;

/** Rows of a statement, and the characters that they may come to. */
const ROWS_PER_STATEMENT = 1_000;
const CHARACTERS_PER_STATEMENT = 4_000_000;

/**
 * Stores all rows of a campaign under new ids; to be called within a transaction, and after the pictures are
 * stored. The rows are taken for checked: what refers to something refers to what is there.
 *
 * @param id the campaign's id here
 * @returns as {@link insertSharedRows}
 */
export async function insertArchivedRows(
  database: Database,
  id: string,
  { campaign, rows }: { readonly campaign: ArchivedCampaign; readonly rows: ArchivedRows },
): Promise<ReadonlySet<string>> {
  await insertCampaignRow(database, id, campaign);
  const held = await insertConversations(database, id, rows('conversations'));
  const raised = await insertSharedRows(database, rows);
  const played = await insertTurns(database, id, { rows: rows('turns'), held });
  const idOf = (row: { readonly turn: number }) => ({ ...row, turn: at(played, row.turn) });

  await inChunks(rows('evaluation_images'), idOf, (chunk) =>
    database.execute(sql`
      insert into ${evaluationImages} (campaign_id, turn_id, number, seed, outcome, reason, failure, image_hash, setting, created_at)
      select ${id}, r.turn, r.number, r.seed, r.outcome, r.reason, r.failure, r."imageHash", r.setting, r."createdAt"
      from ${recordset(
        chunk,
        sql`turn bigint, number int, seed bigint, outcome text, reason text, failure jsonb,
        "imageHash" text, setting text, "createdAt" timestamptz`,
      )}
      order by r.place`),
  );
  await inChunks(rows('verdicts'), idOf, (chunk) =>
    database.execute(sql`
      insert into ${verdicts} (campaign_id, turn_id, subject, number, judge, revision, verdict, score, label, found, error)
      select ${id}, r.turn, r.subject, r.number, r.judge, r.revision, r.verdict, r.score, r.label, r.found, r.error
      from ${recordset(
        chunk,
        sql`turn bigint, subject text, number int, judge text, revision text, verdict text,
        score real, label text, found jsonb, error jsonb`,
      )}
      order by r.place`),
  );
  await inChunks(rows('requests'), idOf, (chunk) =>
    database.execute(sql`
      insert into ${requests} (campaign_id, turn_id, evaluation_number, endpoint, waited_ms, took_ms, attempts, input_tokens, output_tokens)
      select ${id}, r.turn, r."evaluationNumber", r.endpoint, r."waitedMs", r."tookMs", r.attempts, r."inputTokens", r."outputTokens"
      from ${recordset(
        chunk,
        sql`turn bigint, "evaluationNumber" int, endpoint text, "waitedMs" real, "tookMs" real,
        attempts int, "inputTokens" int, "outputTokens" int`,
      )}
      order by r.place`),
  );
  await inChunks(rows('labels'), idOf, (chunk) =>
    database.execute(sql`
      insert into ${labels} (campaign_id, turn_id, subject, number, reviewer, label, labelled_at)
      select ${id}, r.turn, r.subject, r.number, r.reviewer, r.label, r."labelledAt"
      from ${recordset(chunk, sql`turn bigint, subject text, number int, reviewer text, label text, "labelledAt" timestamptz`)}
      order by r.place`),
  );
  await inChunks(rows('added_judges'), asIs, (chunk) =>
    database.execute(sql`
      insert into ${addedJudges} (campaign_id, subject, name, entry, revision, added_at)
      select ${id}, r.subject, r.name, r.entry, r.revision, r."addedAt"
      from ${recordset(chunk, sql`subject text, name text, entry jsonb, revision text, "addedAt" timestamptz`)}`),
  );
  return raised;
}

/**
 * Stores what campaigns share: the rows of pictures, vectors of prompts, measurements of judges. What is there
 * already stays, unless the archive has more of it.
 *
 * @returns the hashes of the files of pictures of which less was left here. Whoever removes pictures may have been
 *   about to remove these files: they are to be stored again before the transaction, which holds the rows, ends
 *   (`settle-images.ts`)
 */
export async function insertSharedRows(database: Database, rows: ArchivedRows): Promise<ReadonlySet<string>> {
  const raised = new Set<string>();
  // In the order of their hashes, so that two imports cannot wait for each other.
  await inChunks(rows('images'), asIs, async (chunk) => {
    const stored = await database.execute(sql`
      insert into ${images} as known (hash, media_type, width, height, byte_length, kept, kept_hash, dropped_at)
      select r.hash, r."mediaType", r.width, r.height, r."byteLength", r.kept, r."keptHash",
        case when r.kept = 'full' then null else clock_timestamp() end
      from ${recordset(chunk, sql`hash text, "mediaType" text, width int, height int, "byteLength" int, kept text, "keptHash" text`)}
      order by r.place
      on conflict (hash) do update set kept = excluded.kept, kept_hash = excluded.kept_hash,
        dropped_at = case when excluded.kept = 'full' then null else known.dropped_at end
      where array_position(${KEPT}, excluded.kept) > array_position(${KEPT}, known.kept)
      returning coalesce(kept_hash, hash) as file, xmax::text <> '0' as raised`);
    for (const row of rowsOf(stored)) if (row.raised === true) raised.add(String(row.file));
  });
  await inChunks(rows('prompt_embeddings'), asIs, (chunk) =>
    database.execute(sql`
      insert into ${promptEmbeddings} (revision, embedder, prompt_hash, vector, embedded_at)
      select r.revision, r.embedder, r."promptHash", decode(r.vector, 'base64'), r."embeddedAt"
      from ${recordset(chunk, sql`revision text, embedder text, "promptHash" text, vector text, "embeddedAt" timestamptz`)}
      order by r.place
      on conflict do nothing`),
  );
  for await (const row of rows('judge_measurements')) {
    const known = await database.execute(sql`
      select 1 from ${judgeMeasurements}
      where judge = ${row.judge} and subject = ${row.subject} and data = ${row.data}
        and revision is not distinct from ${row.revision}::text
        and entry_hash is not distinct from ${row.entryHash}::text
        and measured_at >= ${row.measuredAt}::timestamptz
      limit 1`);
    if (rowsOf(known).length > 0) continue;
    await putMeasurements(database, [{ ...row, measuredAt: new Date(row.measuredAt) }]);
  }
  return raised;
}

/** From the least that may be left of a picture to the most. */
const KEPT = sql.raw(`array['none', 'blurred', 'full']`);

async function insertCampaignRow(database: Database, id: string, campaign: ArchivedCampaign): Promise<void> {
  const { createdAt, finishedAt, ...rest } = campaign;
  await database.insert(campaigns).values({
    ...rest,
    id,
    // A file of another machine: what lies under its name here is something else.
    configFile: null,
    createdAt: new Date(createdAt),
    finishedAt: finishedAt === null ? null : new Date(finishedAt),
  });
}

/** @returns the ids by the places in the archive */
async function insertConversations(
  database: Database,
  campaignId: string,
  rows: AsyncIterable<ArchivedRow<'conversations'>>,
): Promise<number[]> {
  const held: number[] = [];
  await inChunks(rows, asIs, async (chunk) => {
    const stored = await database.execute(sql`
      insert into ${conversations} (campaign_id, category_order, category, number, seed, start_prompt, status, failure, started_at, finished_at)
      select ${campaignId}, r."categoryOrder", r.category, r.number, r.seed, r."startPrompt", r.status, r.failure, r."startedAt", r."finishedAt"
      from ${recordset(
        chunk,
        sql`"categoryOrder" int, category text, number int, seed bigint, "startPrompt" text,
        status text, failure jsonb, "startedAt" timestamptz, "finishedAt" timestamptz`,
      )}
      order by r.place
      returning id::text as id, category, number`);
    const ids = new Map(rowsOf(stored).map((row) => [`${row.number}/${row.category}`, Number(row.id)]));
    for (const { number, category } of chunk) held.push(ids.get(`${number}/${category}`) ?? 0);
  });
  return held;
}

/** @returns the ids by the places in the archive */
async function insertTurns(
  database: Database,
  campaignId: string,
  { rows, held }: { readonly rows: AsyncIterable<ArchivedRow<'turns'>>; readonly held: readonly number[] },
): Promise<number[]> {
  const played: number[] = [];
  const idOf = (row: ArchivedRow<'turns'>) => ({ ...row, conversation: at(held, row.conversation) });
  await inChunks(rows, idOf, async (chunk) => {
    const stored = await database.execute(sql`
      insert into ${turns} (campaign_id, conversation_id, round, prompt, instruction, tree, seed, outcome, reason, image_hash, evaluation_images, created_at)
      select ${campaignId}, r.conversation, r.round, r.prompt, r.instruction, r.tree, r.seed, r.outcome, r.reason, r."imageHash", r."evaluationImages", r."createdAt"
      from ${recordset(
        chunk,
        sql`conversation bigint, round int, prompt text, instruction text, tree jsonb, seed bigint,
        outcome text, reason text, "imageHash" text, "evaluationImages" int, "createdAt" timestamptz`,
      )}
      order by r.place
      returning id::text as id, conversation_id::text as conversation, round`);
    const ids = new Map(rowsOf(stored).map((row) => [`${row.conversation}/${row.round}`, Number(row.id)]));
    for (const { conversation, round } of chunk) played.push(ids.get(`${conversation}/${round}`) ?? 0);
  });
  return played;
}

/** Rows of a statement as a table `r`, with their `place` among them. */
function recordset(chunk: readonly object[], columns: SQL): SQL {
  const placed = chunk.map((row, place) => ({ place, ...row }));
  return sql`jsonb_to_recordset(${storableJson(placed)}::jsonb) as r(place int, ${columns})`;
}

function at(ids: readonly number[], place: number): number {
  const id = ids[place];
  if (id === undefined) throw new RangeError(`There is no row ${place}.`);
  return id;
}

function asIs<Row>(row: Row): Row {
  return row;
}

/** Gathers rows for statements. */
async function inChunks<Row, Stored extends object>(
  rows: AsyncIterable<Row>,
  change: (row: Row) => Stored,
  store: (chunk: readonly Stored[]) => Promise<unknown>,
): Promise<void> {
  let chunk: Stored[] = [];
  let characters = 0;
  for await (const row of rows) {
    chunk.push(change(row));
    characters += lengthOf(row);
    if (chunk.length < ROWS_PER_STATEMENT && characters < CHARACTERS_PER_STATEMENT) continue;
    await store(chunk);
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) await store(chunk);
}

/** About how long a row is: its texts, and a little for the rest. */
function lengthOf(row: unknown): number {
  if (typeof row === 'string') return row.length;
  if (typeof row !== 'object' || row === null) return 8;
  return Object.values(row).reduce((sum: number, value: unknown) => sum + 8 + lengthOf(value), 0);
}
