import { sql } from 'drizzle-orm';
import { contentHash } from './content-hash.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { promptEmbeddings, turns } from './schema.ts';
import { storableText } from './storable.ts';
import { bytesOfVector, vectorOfBytes } from './vector-bytes.ts';

/** The vectors of every prompt of a campaign. */
export interface PromptEmbeddings {
  /** Of the embedder that made them. */
  readonly revision: string;
  /** What people call it. */
  readonly embedder: string;
  /** By the prompt's {@link promptHash}. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

/** A prompt that has no vector yet. */
export interface UnembeddedPrompt {
  readonly hash: string;
  readonly prompt: string;
}

/** What a prompt's vector is stored under: the SHA-256 of its UTF-8 bytes, lower-case hex. */
export function promptHash(prompt: string): string {
  return contentHash(Buffer.from(prompt));
}

/**
 * The vectors of all prompts of a campaign, by one embedder; `undefined` where no embedder has made them all.
 * Of several that have, the one that came last.
 */
export async function readPromptEmbeddings(
  database: Database,
  campaignId: string,
): Promise<PromptEmbeddings | undefined> {
  const rows = rowsOf(
    await database.execute(sql`
      with wanted as (${distinctPrompts(campaignId)}),
      newest as (
        select e.revision from ${promptEmbeddings} e join wanted on wanted.hash = e.prompt_hash
        group by e.revision
        having count(*) = (select count(*) from wanted)
        order by max(e.embedded_at) desc, e.revision collate "C" limit 1
      )
      select e.revision, e.embedder, e.prompt_hash as hash, e.vector
      from ${promptEmbeddings} e
      join newest on newest.revision = e.revision
      join wanted on wanted.hash = e.prompt_hash`),
  );
  const { revision, embedder } = rows[0] ?? {};
  if (typeof revision !== 'string' || typeof embedder !== 'string') return undefined;
  const vectors = new Map<string, Float32Array>();
  for (const { hash, vector: bytes } of rows) {
    const vector = vectorOfBytes(bytes);
    if (typeof hash === 'string' && vector !== undefined) vectors.set(hash, vector);
  }
  return vectors.size === rows.length ? { revision, embedder, vectors } : undefined;
}

/** The prompts of a campaign that an embedder has made no vector of, each once, in the order they were played. */
export async function listUnembeddedPrompts(
  database: Database,
  campaignId: string,
  revision: string,
): Promise<UnembeddedPrompt[]> {
  const rows = rowsOf(
    await database.execute(sql`
      with wanted as (${distinctPrompts(campaignId)})
      select hash, prompt from wanted
      where not exists (
        select from ${promptEmbeddings} e where e.revision = ${revision} and e.prompt_hash = wanted.hash
      )
      order by first_turn`),
  );
  return rows.map(({ hash, prompt }) => ({ hash: String(hash), prompt: String(prompt) }));
}

/** How many different prompts a campaign has. */
export async function countPrompts(database: Database, campaignId: string): Promise<number> {
  const [row] = rowsOf(
    await database.execute(
      sql`select count(distinct prompt)::int as prompts from ${turns} where campaign_id = ${campaignId}`,
    ),
  );
  return Number(row?.prompts ?? 0);
}

/** How long the vectors of an embedder are; `undefined` where none is stored. */
export async function promptDimensions(database: Database, revision: string): Promise<number | undefined> {
  const [row] = rowsOf(
    await database.execute(
      sql`select octet_length(vector) / 4 as length from ${promptEmbeddings} where revision = ${revision} limit 1`,
    ),
  );
  return row === undefined ? undefined : Number(row.length);
}

/** Stores vectors by the hashes of their prompts; in one statement. One that is there already stays. */
export async function insertPromptEmbeddings(
  database: Database,
  { revision, embedder, vectors, embeddedAt }: PromptEmbeddings & { readonly embeddedAt: Date },
): Promise<void> {
  if (vectors.size === 0) return;
  const rows = [...vectors].map(([hash, vector]) => ({
    hash,
    vector: bytesOfVector(vector).toString('base64'),
  }));
  await database.execute(sql`
    insert into ${promptEmbeddings} (revision, embedder, prompt_hash, vector, embedded_at)
    select ${revision}, ${storableText(embedder)}, e.hash, decode(e.vector, 'base64'), ${embeddedAt.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(hash text, vector text)
    on conflict do nothing`);
}

/** Makes an embedder the one that came last to a campaign, though its vectors were there already. */
export async function touchPromptEmbeddings(
  database: Database,
  campaignId: string,
  { revision, embedder, embeddedAt }: Omit<PromptEmbeddings, 'vectors'> & { readonly embeddedAt: Date },
): Promise<void> {
  await database.execute(sql`
    with wanted as (${distinctPrompts(campaignId)})
    update ${promptEmbeddings} as e
    set embedded_at = ${embeddedAt.toISOString()}::timestamptz, embedder = ${storableText(embedder)}
    from wanted where e.revision = ${revision} and e.prompt_hash = wanted.hash`);
}

function distinctPrompts(campaignId: string) {
  return sql`
    select prompt, encode(sha256(convert_to(prompt, 'UTF8')), 'hex') as hash, min(id) as first_turn
    from ${turns} where campaign_id = ${campaignId} group by prompt`;
}
