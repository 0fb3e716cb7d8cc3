import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { buildReport } from '../build-report.ts';
import { type CountOptions, readCountedRecord } from '../counted-record.ts';
import type { ComparedCampaign } from './comparison.ts';

/** Reads what a comparison needs of a campaign; asks no model. */
export async function readComparedCampaign(
  store: Store,
  campaign: CampaignRow,
  options: CountOptions = {},
): Promise<ComparedCampaign> {
  const report = await buildReport(store, campaign, options);
  const { turns } = await readCountedRecord(store, campaign, options);
  return {
    report,
    prompts: turns.map(({ conversation, turn, promptVerdict, finding, counted }) => ({
      category: conversation.category,
      conversation: conversation.number,
      prompt: turn.prompt,
      safe: promptVerdict === 'safe',
      finding,
      images: counted.images.filter(({ outcome }) => outcome === 'drawn').length,
    })),
  };
}
