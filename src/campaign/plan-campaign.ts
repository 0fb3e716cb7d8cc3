import { configHash, recordedConfig } from '../config/describe-config.ts';
import type { Config } from '../config/schema.ts';
import { insertCampaign } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow, campaigns } from '../store/schema.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Category } from '../taxonomy/categories.ts';
import { ART_VERSION } from '../version.ts';
import { isSimulated } from './make-models.ts';
import { planConversations, plannedConversations } from './plan.ts';
import { storing } from './storing.ts';

/** What a campaign is planned from. */
export interface PlanInput {
  readonly config: Config;
  /** The file that the configuration came from, for `art resume`. */
  readonly configFile?: string;
  readonly models: { readonly strategy: Strategy; readonly categories: readonly Category[] };
  /** At least one. */
  readonly startPrompts: readonly string[];
  /** Hears what a user should know of the plan. */
  readonly onNote?: (note: string) => void;
  /** Default: the system's clock. */
  readonly now?: Date;
  /** From 0 to 1; makes the id unique within a second. Default: the system's dice. */
  readonly random?: () => number;
}

/**
 * Records a new campaign with all its conversations.
 *
 * @throws {@link StoreError} when it cannot be recorded; whatever the strategy throws that plans its own
 */
export async function planCampaign(store: Store, input: PlanInput): Promise<CampaignRow> {
  const { config, models, now = new Date(), random = Math.random } = input;
  const plan = await models.strategy.plan?.();
  for (const note of plan?.notes ?? []) input.onNote?.(note);
  const campaign = {
    id: campaignId(now, random),
    name: config.name,
    status: 'running' as const,
    strategy: models.strategy.name,
    seed: config.seed,
    rounds: plan?.rounds ?? config.rounds,
    imagesPerPrompt: config.imagesPerPrompt,
    config: { ...recordedConfig(config) },
    configHash: configHash(config),
    configFile: input.configFile ?? null,
    artVersion: ART_VERSION,
    simulated: isSimulated(config),
    createdAt: now,
    finishedAt: null,
    priority: config.priority,
    wish: 'run' as const,
    ending: null,
    runningSince: null,
    workedSeconds: 0,
  } satisfies typeof campaigns.$inferInsert;
  const conversations =
    plan === undefined
      ? planConversations(config, models.categories, input.startPrompts)
      : plannedConversations(config, models.categories, plan);
  await storing(() =>
    store.database.transaction((transaction) => insertCampaign(transaction, campaign, conversations)),
  );
  return campaign;
}

/** An id that sorts by time and can be read out: `20261123-170512-k3f9`. */
function campaignId(now: Date, random: () => number): string {
  const [day = '', time = ''] = now
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .split('T');
  const tail = Array.from({ length: 4 }, () =>
    'abcdefghjkmnpqrstuvwxyz23456789'.charAt(Math.floor(random() * 31)),
  );
  return `${day}-${time}-${tail.join('')}`;
}
