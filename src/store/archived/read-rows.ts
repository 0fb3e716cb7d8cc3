import { type SQL, sql } from 'drizzle-orm';
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
import type { ArchivedTable } from './rows.ts';

/** Rows that are fetched at once. */
const ROWS_PER_FETCH = 500;

/** Does something with the rows of a store as they are at one moment, whatever others write meanwhile. */
export function atOneMoment<T>(database: Database, read: (moment: Database) => Promise<T>): Promise<T> {
  return database.transaction(
    async (moment) => {
      // Between two fetches pictures are copied, from wherever they are: that may take long, and locks nobody out.
      await moment.execute(sql`set local idle_in_transaction_session_timeout = 0`);
      return await read(moment);
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/**
 * The rows of a table that belong to a campaign, each as JSON text, in the order in which they came to be. So
 * many as there are, only a few are held in memory.
 *
 * @param moment a transaction; see {@link atOneMoment}
 */
export async function* readArchivedRows(
  moment: Database,
  table: ArchivedTable,
  campaignId: string,
): AsyncGenerator<string> {
  for await (const { row } of readByCursor(moment, QUERIES[table](campaignId))) yield String(row);
}

/** Rows of any query, a few at a time; within a transaction. */
export async function* readByCursor(
  moment: Database,
  query: SQL,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  await moment.execute(sql`declare archived no scroll cursor for ${query}`);
  try {
    for (;;) {
      const page = rowsOf(await moment.execute(sql.raw(`fetch ${ROWS_PER_FETCH} from archived`)));
      yield* page;
      if (page.length < ROWS_PER_FETCH) break;
    }
  } finally {
    // After a failed statement nothing can be closed: the transaction is over anyway.
    await moment.execute(sql`close archived`).catch(() => undefined);
  }
}

/** A moment as text: UTC, milliseconds. */
function utc(column: SQL): SQL {
  return sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The places of a campaign's turns, by their ids. */
function placesOfTurns(campaignId: string): SQL {
  return sql`place as (
    select id, row_number() over (order by id) - 1 as turn from ${turns} where campaign_id = ${campaignId})`;
}

/** The hashes of all images of a campaign, each once. */
export function hashesOf(campaignId: string): SQL {
  return sql`
    select image_hash from ${turns} where campaign_id = ${campaignId} and image_hash is not null
    union select image_hash from ${evaluationImages} where campaign_id = ${campaignId} and image_hash is not null`;
}

const QUERIES: Readonly<Record<ArchivedTable, (campaignId: string) => SQL>> = {
  campaigns: (id) => sql`
    select json_build_object(
      'id', id, 'name', name, 'status', case status when 'running' then 'interrupted' else status end,
      'strategy', strategy, 'seed', seed, 'rounds', rounds, 'imagesPerPrompt', images_per_prompt,
      'config', config, 'configHash', config_hash, 'artVersion', art_version, 'simulated', simulated,
      'createdAt', ${utc(sql`created_at`)}, 'finishedAt', ${utc(sql`finished_at`)},
      'priority', priority, 'ending', ending, 'workedSeconds', worked_seconds)::text as row
    from ${campaigns} where id = ${id}`,
  conversations: (id) => sql`
    select json_build_object(
      'categoryOrder', category_order, 'category', category, 'number', number, 'seed', seed,
      'startPrompt', start_prompt, 'status', case status when 'running' then 'pending' else status end,
      'failure', failure, 'startedAt', ${utc(sql`started_at`)}, 'finishedAt', ${utc(sql`finished_at`)})::text as row
    from ${conversations} where campaign_id = ${id} order by id`,
  images: (id) => sql`
    select json_build_object(
      'hash', hash, 'mediaType', media_type, 'width', width, 'height', height, 'byteLength', byte_length,
      'kept', case when kept = 'blurred' and kept_hash is null then 'none' else kept end,
      'keptHash', case kept when 'blurred' then kept_hash end)::text as row
    from ${images} where hash in (${hashesOf(id)}) order by hash collate "C"`,
  turns: (id) => sql`
    with held as (
      select id, row_number() over (order by id) - 1 as place from ${conversations} where campaign_id = ${id})
    select json_build_object(
      'conversation', held.place, 'round', t.round, 'prompt', t.prompt, 'instruction', t.instruction,
      'tree', t.tree, 'seed', t.seed, 'outcome', t.outcome, 'reason', t.reason, 'imageHash', t.image_hash,
      'evaluationImages', t.evaluation_images, 'createdAt', ${utc(sql`t.created_at`)})::text as row
    from ${turns} t join held on held.id = t.conversation_id
    where t.campaign_id = ${id} order by t.id`,
  evaluation_images: (id) => sql`
    with ${placesOfTurns(id)}
    select json_build_object(
      'turn', place.turn, 'number', e.number, 'seed', e.seed, 'outcome', e.outcome, 'reason', e.reason,
      'failure', e.failure, 'imageHash', e.image_hash, 'setting', e.setting,
      'createdAt', ${utc(sql`e.created_at`)})::text as row
    from ${evaluationImages} e join place on place.id = e.turn_id
    where e.campaign_id = ${id} order by e.id`,
  verdicts: (id) => sql`
    with ${placesOfTurns(id)}
    select json_build_object(
      'turn', place.turn, 'subject', v.subject, 'number', v.number, 'judge', v.judge, 'revision', v.revision,
      'verdict', v.verdict, 'score', v.score, 'label', v.label, 'found', v.found, 'error', v.error)::text as row
    from ${verdicts} v join place on place.id = v.turn_id
    where v.campaign_id = ${id} order by v.id`,
  requests: (id) => sql`
    with ${placesOfTurns(id)}
    select json_build_object(
      'turn', place.turn, 'evaluationNumber', r.evaluation_number, 'endpoint', r.endpoint,
      'waitedMs', r.waited_ms, 'tookMs', r.took_ms, 'attempts', r.attempts,
      'inputTokens', r.input_tokens, 'outputTokens', r.output_tokens)::text as row
    from ${requests} r join place on place.id = r.turn_id
    where r.campaign_id = ${id} order by r.id`,
  labels: (id) => sql`
    with ${placesOfTurns(id)}
    select json_build_object(
      'turn', place.turn, 'subject', l.subject, 'number', l.number, 'reviewer', l.reviewer, 'label', l.label,
      'labelledAt', ${utc(sql`l.labelled_at`)})::text as row
    from ${labels} l join place on place.id = l.turn_id
    where l.campaign_id = ${id} order by l.id`,
  added_judges: (id) => sql`
    select json_build_object(
      'subject', subject, 'name', name, 'entry', entry, 'revision', revision,
      'addedAt', ${utc(sql`added_at`)})::text as row
    from ${addedJudges} where campaign_id = ${id} order by added_at, subject collate "C", name collate "C"`,
  prompt_embeddings: (id) => sql`
    with prompts as (
      select distinct encode(sha256(convert_to(prompt, 'UTF8')), 'hex') as hash from ${turns} where campaign_id = ${id})
    select json_build_object(
      'revision', e.revision, 'embedder', e.embedder, 'promptHash', e.prompt_hash,
      'vector', translate(encode(e.vector, 'base64'), E'\n', ''),
      'embeddedAt', ${utc(sql`e.embedded_at`)})::text as row
    from ${promptEmbeddings} e join prompts on prompts.hash = e.prompt_hash
    order by e.revision collate "C", e.prompt_hash collate "C"`,
  // Of the judges that gave its verdicts: which of them count is the report's business.
  judge_measurements: (id) => sql`
    select json_build_object(
      'judge', m.judge, 'subject', m.subject, 'revision', m.revision, 'entryHash', m.entry_hash, 'data', m.data,
      'truePositives', m.true_positives, 'falseNegatives', m.false_negatives,
      'trueNegatives', m.true_negatives, 'falsePositives', m.false_positives,
      'measuredAt', ${utc(sql`m.measured_at`)})::text as row
    from ${judgeMeasurements} m
    where (m.subject, m.judge) in (
      select case subject when 'prompt' then 'prompt' else 'image' end, judge
      from ${verdicts} where campaign_id = ${id} group by 1, 2)
    order by m.measured_at, m.id`,
};
