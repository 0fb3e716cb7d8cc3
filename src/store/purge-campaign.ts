import { sql } from 'drizzle-orm';
import { UsageError } from '../errors.ts';
import { forgetImageRows } from './collect-garbage.ts';
import type { Database, Store } from './open-store.ts';
import { forgetEmbeddings, listCampaignImages } from './retained-images.ts';
import { rowsOf } from './rows.ts';
import {
  campaigns,
  conversations,
  evaluationImages,
  images,
  labels,
  promptEmbeddings,
  requests,
  turns,
  verdicts,
} from './schema.ts';
import { type SettleOptions, settleImages } from './settle-images.ts';
import { listLiveWorkers } from './workers.ts';

/** What was removed of a campaign. */
export interface Purged {
  /** Pictures of which nothing is left, those among them of which there was a blurred copy only not counted. */
  readonly pictures: number;
  readonly bytes: number;
  /** Pictures that stay, for another campaign keeps them. */
  readonly shared: number;
}

/**
 * Removes the pictures of a campaign for good, blurred copies included; those that another campaign keeps stay. From
 * then on the campaign keeps `scores-only`.
 */
export async function purgePictures(
  store: Store,
  campaignId: string,
  { blur, signal }: Pick<SettleOptions, 'blur' | 'signal'>,
): Promise<Purged> {
  const { database } = store;
  await database.execute(sql`
    update ${campaigns} set config = jsonb_set(config, '{retention}', '"scores-only"') where id = ${campaignId}`);
  const hashes = await listCampaignImages(database, campaignId);
  const { pictures, bytes } = await settleImages(store, hashes, { blur, signal, abandoned: campaignId });
  await forgetEmbeddings(database, campaignId);
  return { pictures, bytes, shared: await countKept(database, hashes) };
}

/**
 * Removes a campaign for good: its pictures, then everything that the database holds of it, vectors of prompts that no
 * other campaign has among it. Broken off, it is a campaign without pictures, and can be purged again.
 */
export async function purgeCampaign(
  store: Store,
  campaignId: string,
  options: Pick<SettleOptions, 'blur' | 'signal'>,
): Promise<Purged> {
  const purged = await purgePictures(store, campaignId, options);
  const hashes = await listCampaignImages(store.database, campaignId);
  await store.database.transaction(async (transaction) => {
    await transaction.execute(sql`select id from ${campaigns} where id = ${campaignId} for update`);
    await transaction.execute(sql`
      delete from ${promptEmbeddings} where prompt_hash in (
        select encode(sha256(convert_to(t.prompt, 'UTF8')), 'hex') from ${turns} t
        where t.campaign_id = ${campaignId}
          and not exists (select from ${turns} o where o.prompt = t.prompt and o.campaign_id <> ${campaignId}))`);
    // Row by row through foreign keys it would take hours: what refers to turns goes first, by its own index.
    for (const table of [requests, verdicts, labels, evaluationImages, turns, conversations]) {
      await transaction.execute(sql`delete from ${table} where campaign_id = ${campaignId}`);
    }
    await transaction.execute(sql`delete from ${campaigns} where id = ${campaignId}`);
  });
  await forgetImageRows(store, hashes);
  return purged;
}

/**
 * Refuses where somebody works on a campaign, or may take it up at any moment.
 *
 * @throws {@link UsageError} `CAMPAIGN_RUNNING`
 */
export async function refuseWorkedOn(
  { database, kind }: Store,
  { id, name, status }: { readonly id: string; readonly name: string; readonly status: string },
): Promise<void> {
  // Whoever holds an embedded store is alone: one that is "running" there was killed.
  if (kind === 'embedded') return;
  const workers = await listLiveWorkers(database);
  const onIt = workers.filter(({ doing }) => Object.hasOwn(doing, id));
  if (onIt.length === 0 && !(status === 'running' && workers.length > 0)) return;
  throw new UsageError({
    code: 'CAMPAIGN_RUNNING',
    message: `${name} (${id}) is being worked on${onIt.length === 0 ? '' : ` by ${onIt.map(({ host, pid }) => `${host} (process ${pid})`).join(', ')}`}.`,
    hint:
      status === 'running'
        ? `Stop it first with: art cancel ${id}, or art pause ${id}.`
        : 'It is about to be left: say it again in some seconds.',
    data: { campaign: id, workers: onIt.map((worker) => worker.id) },
  });
}

/** How many of these pictures are left, whole or as a copy. */
async function countKept(database: Database, hashes: readonly string[]): Promise<number> {
  const rows = rowsOf(
    await database.execute(sql`
      select count(*)::int as count from ${images}
      where hash in (select jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb)) and kept <> 'none'`),
  );
  return Number(rows[0]?.count ?? 0);
}
