import { recordedSettings } from '../config/recorded-sweep.ts';
import type { CampaignCounts } from '../store/counts.ts';
import type { CampaignRow } from '../store/schema.ts';

/** How many prompts and evaluation images a campaign comes to: played turns say how many they ask for. */
export function campaignTotals(
  { rounds, imagesPerPrompt, config }: Pick<CampaignRow, 'rounds' | 'imagesPerPrompt' | 'config'>,
  { conversations, turns, evaluationImages }: CampaignCounts,
): { readonly prompts: number; readonly images: number } {
  const prompts = conversations.total * (rounds + 1);
  const images =
    evaluationImages.expected + (prompts - turns) * imagesPerPrompt * recordedSettings(config).length;
  return { prompts, images };
}
