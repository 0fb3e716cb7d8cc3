import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CampaignProgress } from '../campaign/progress.ts';
import { countCampaign } from '../store/counts.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { campaignTotals } from './campaign-totals.ts';

/** What {@link writeFirstSnapshot} knows; the rest comes with the first progress. */
type FirstProgress = Pick<CampaignProgress, 'campaign' | 'phase'> & {
  readonly conversations: Omit<CampaignProgress['conversations'], 'running'>;
  readonly turns: CampaignProgress['turns'];
  readonly evaluationImages: Pick<CampaignProgress['evaluationImages'], 'total' | 'done'>;
};

/** Lets `art status` in another terminal see how far it is while this process holds the folder. */
export function writeSnapshot(store: Store, progress: CampaignProgress | FirstProgress): void {
  if (store.kind !== 'embedded') return;
  const path = join(store.dataDir, 'progress.json');
  try {
    writeFileSync(`${path}.draft`, JSON.stringify({ ...progress, pid: process.pid }));
    renameSync(`${path}.draft`, path);
  } catch (error) {
    // Only a convenience: a full disk is reported where it matters, at the next commit.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** The same before the work begins: making the queue ready takes seconds in an embedded database. */
export async function writeFirstSnapshot(store: Store, campaign: CampaignRow): Promise<void> {
  if (store.kind !== 'embedded') return;
  const { id, name } = campaign;
  const counts = await countCampaign(store.database, id);
  const { prompts, images } = campaignTotals(campaign, counts);
  const { drawn, refused } = counts.evaluationImages;
  writeSnapshot(store, {
    campaign: { id, name },
    phase: 'planning',
    conversations: counts.conversations,
    turns: { total: prompts, done: counts.turns },
    evaluationImages: { total: images, done: drawn + refused },
  });
}
