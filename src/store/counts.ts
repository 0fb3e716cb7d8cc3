import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { conversations, evaluationImages, turns } from './schema.ts';

/** How far a campaign is, counted in the store. */
export interface CampaignCounts {
  readonly conversations: { readonly total: number; readonly done: number; readonly failed: number };
  readonly turns: number;
  /** Prompts that the target refused or the safety rule stopped. */
  readonly refusedTurns: number;
  readonly evaluationImages: {
    /** How many the turns played so far ask for. */
    readonly expected: number;
    readonly drawn: number;
    readonly refused: number;
    readonly failed: number;
  };
}

/** Counts a campaign's conversations, turns and evaluation images. */
export async function countCampaign(database: Database, campaignId: string): Promise<CampaignCounts> {
  const [conversationCounts] = await database
    .select({
      total: sql<number>`count(*)::int`,
      done: sql<number>`(count(*) filter (where ${conversations.status} = 'done'))::int`,
      failed: sql<number>`(count(*) filter (where ${conversations.status} = 'failed'))::int`,
    })
    .from(conversations)
    .where(sql`${conversations.campaignId} = ${campaignId}`);
  const [turnCounts] = await database
    .select({
      total: sql<number>`count(*)::int`,
      refused: sql<number>`(count(*) filter (where ${turns.outcome} <> 'drawn'))::int`,
      expected: sql<number>`coalesce(sum(${turns.evaluationImages}), 0)::int`,
    })
    .from(turns)
    .where(sql`${turns.campaignId} = ${campaignId}`);
  const [imageCounts] = await database
    .select({
      drawn: sql<number>`(count(*) filter (where ${evaluationImages.outcome} = 'drawn'))::int`,
      refused: sql<number>`(count(*) filter (where ${evaluationImages.outcome} = 'refused'))::int`,
      failed: sql<number>`(count(*) filter (where ${evaluationImages.outcome} = 'failed'))::int`,
    })
    .from(evaluationImages)
    .where(sql`${evaluationImages.campaignId} = ${campaignId}`);
  return {
    conversations: conversationCounts ?? { total: 0, done: 0, failed: 0 },
    turns: turnCounts?.total ?? 0,
    refusedTurns: turnCounts?.refused ?? 0,
    evaluationImages: {
      expected: turnCounts?.expected ?? 0,
      ...(imageCounts ?? { drawn: 0, refused: 0, failed: 0 }),
    },
  };
}
