import type { LargeCampaignOptions } from './large-campaign.ts';

const CATEGORIES = 5;
const TURNS_A_CONVERSATION = 50;

/**
 * A campaign of so many turns, each with five verdicts: one on its prompt, one on its image, three on evaluation
 * images.
 *
 * @param turns a multiple of 250
 */
export function campaignOfTurns(turns: number): LargeCampaignOptions {
  return {
    id: `of-${turns}`,
    categories: CATEGORIES,
    conversations: turns / CATEGORIES / TURNS_A_CONVERSATION,
    rounds: TURNS_A_CONVERSATION - 1,
    imagesPerPrompt: 3,
    judges: { prompt: ['llama-guard'], image: ['sf'] },
  };
}
