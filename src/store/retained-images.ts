import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { embeddings, evaluationImages, images, turns } from './schema.ts';

/** The hashes of the pictures that a conversation's turns refer to. */
export async function listConversationImages(database: Database, conversationId: number): Promise<string[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select distinct image_hash as hash from ${turns}
      where conversation_id = ${conversationId} and image_hash is not null order by hash`),
  );
  return rows.map(({ hash }) => String(hash));
}

/** The hashes of all pictures that a campaign refers to. */
export async function listCampaignImages(database: Database, campaignId: string): Promise<string[]> {
  const rows = rowsOf(
    await database.execute(sql`select hash from (${imagesOf(campaignId)}) as of order by hash`),
  );
  return rows.map(({ hash }) => String(hash));
}

/** Those of them that are whole, or whose file may still be there. */
export async function listUnsettledImages(database: Database, campaignId: string): Promise<string[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select i.hash from ${images} i join (${imagesOf(campaignId)}) as of on of.hash = i.hash
      where i.kept = 'full' or i.dropped_at is null order by i.hash`),
  );
  return rows.map(({ hash }) => String(hash));
}

/**
 * Removes the cached vectors of a campaign's pictures that are not whole any more.
 *
 * @returns how many
 */
export async function forgetEmbeddings(database: Database, campaignId: string): Promise<number> {
  const rows = rowsOf(
    await database.execute(sql`
      with forgotten as (
        delete from ${embeddings} e using ${images} i, (${imagesOf(campaignId)}) as of
        where i.hash = of.hash and e.image_hash = i.hash and i.kept <> 'full' returning 1
      )
      select count(*)::int as count from forgotten`),
  );
  return Number(rows[0]?.count ?? 0);
}

function imagesOf(campaignId: string) {
  return sql`
    select image_hash as hash from ${turns} where campaign_id = ${campaignId} and image_hash is not null
    union
    select image_hash from ${evaluationImages} where campaign_id = ${campaignId} and image_hash is not null`;
}
