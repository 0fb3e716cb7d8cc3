import type { CampaignRow, CampaignStatus } from '../../store/schema.ts';
import { readRecordedCampaign } from '../recorded-campaign.ts';
import type { CampaignSummary } from '../view-model.ts';

/**
 * A campaign as it stands in the list.
 *
 * @param status where it really stands; default: what is stored
 */
export function summariseCampaign(
  campaign: CampaignRow,
  status: CampaignStatus = campaign.status,
): CampaignSummary {
  const { id, name, strategy, createdAt, simulated, config } = campaign;
  return {
    id,
    name,
    strategy,
    target: targetOf(config),
    status,
    createdAt: createdAt.toISOString(),
    simulated,
  };
}

/** Provider and model, e.g. `automatic1111 · v1-5-pruned-emaonly`. */
function targetOf(config: CampaignRow['config']): string {
  const { provider, model } = readRecordedCampaign(config).target;
  return [provider, model].filter((part) => typeof part === 'string' && part !== '').join(' · ');
}
