import { createLargeCampaign } from '../../bench/support/large-campaign.ts';
import { insertCampaign } from '../store/campaigns.ts';
import type { CampaignRow } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';

/** A store with a small campaign of pictures, and one that has nothing yet. */
export interface SmallStore extends TemporaryStore {
  readonly campaign: CampaignRow;
}

/** Two categories, a conversation each, four prompts, two images: 8 turns, 16 evaluation images. */
export async function openSmallStore(): Promise<SmallStore> {
  const temporary = await openTemporaryStore();
  const { database } = temporary.store;
  const { configHash, config, ...campaign } = await createLargeCampaign(temporary.store, {
    categories: 2,
    conversations: 1,
    rounds: 3,
    imagesPerPrompt: 2,
    judges: { prompt: ['lexicon'], image: ['pixels', 'shapes'] },
    pictures: true,
    id: 'small',
    name: 'a small one',
  });
  const begun = { ...campaign, configHash, config, id: 'begun', name: 'begun', status: 'running' as const };
  await insertCampaign(database, { ...begun, createdAt: new Date(0), finishedAt: null }, []);
  return { ...temporary, campaign: { ...campaign, configHash, config } };
}
