import type { ConversationRow } from '../store/schema.ts';
import type { Place } from '../telemetry/place.ts';
import type { CampaignWorld } from './campaign-world.ts';

/** Where a turn is played, for logs and traces. */
export function placeOfTurn(
  { campaign }: Pick<CampaignWorld, 'campaign'>,
  { id, category }: Pick<ConversationRow, 'id' | 'category'>,
  round: number,
): Place {
  return { campaign: campaign.id, category, conversation: id, round };
}
