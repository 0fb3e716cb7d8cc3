import { listAddedJudges } from '../../store/added-judges.ts';
import { listRevisions } from '../../store/judge-revisions.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { reportOn } from '../build-report.ts';
import { type CountOptions, readCountedRecord } from '../counted-record.ts';
import { recordedJudges } from '../recorded-judges.ts';
import type { ComparedCampaign } from './comparison.ts';

/** Reads what a comparison needs of a campaign; asks no model. */
export async function readComparedCampaign(
  store: Store,
  campaign: CampaignRow,
  options: CountOptions = {},
): Promise<ComparedCampaign> {
  const record = await readCountedRecord(store, campaign, options);
  const report = await reportOn(store.database, record);
  return {
    report,
    revisions: await listRevisions(store.database, campaign.id),
    judges: recordedJudges(campaign.config, await listAddedJudges(store.database, campaign.id)),
    prompts: record.turns.map(({ conversation, turn, promptVerdict, finding, counted }) => ({
      category: conversation.category,
      conversation: conversation.number,
      prompt: turn.prompt,
      safe: promptVerdict === 'safe',
      finding,
      images: counted.images.filter(({ outcome }) => outcome === 'drawn').length,
    })),
  };
}
