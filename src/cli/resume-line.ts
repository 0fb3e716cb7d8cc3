import { largerBudget } from '../campaign/budget.ts';
import { budgetSchema } from '../config/schema.ts';
import type { CampaignRow } from '../store/schema.ts';
import { type CommonOptions, locationFlags } from './options.ts';

/** What {@link resumeLine} has to know of a campaign. */
export type LeftCampaign = Pick<CampaignRow, 'id' | 'config' | 'ending'>;

/** The command that goes on with a campaign: with a larger budget where its own is spent, by which it would end again. */
export function resumeLine(
  campaign: LeftCampaign,
  options: Pick<CommonOptions, 'dataDir' | 'database' | 'images'>,
): string {
  return `art resume ${campaign.id}${budgetFlag(campaign)}${locationFlags(options)}`;
}

function budgetFlag({ config, ending }: LeftCampaign): string {
  const { data: budget } = budgetSchema.safeParse(config.budget);
  const larger = budget === undefined || ending === null ? undefined : largerBudget(budget, ending);
  if (larger === undefined) return '';
  return ` --budget ${Object.entries(larger)
    .map(([kind, limit]) => `${kind}=${limit}`)
    .join(',')}`;
}
