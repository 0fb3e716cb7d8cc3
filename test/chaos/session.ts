import { makeModels } from '../../src/campaign/make-models.ts';
import { DEFAULT_START_PROMPT } from '../../src/campaign/plan.ts';
import { planCampaign } from '../../src/campaign/plan-campaign.ts';
import type { CampaignProgress } from '../../src/campaign/progress.ts';
import { type WorkOptions, workOnCampaign } from '../../src/campaign/work-on-campaign.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { validateConfig } from '../../src/config/validate-config.ts';
import { modelServices } from '../../src/models/model-services.ts';
import { KNOWN_NAMES } from '../../src/red-team.ts';
import { findCampaign } from '../../src/store/campaigns.ts';
import { look, type Place } from './read-campaign.ts';

/** How a session is watched and stopped. */
export interface SessionOptions {
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: CampaignProgress) => void;
}

/**
 * One session of a campaign in this process: plans it where the store holds none, else goes on with it. It takes a
 * tenth of the time that a process takes to start.
 *
 * @returns how the session ended
 */
export function session(
  input: ConfigInput,
  place: Place,
  { stop = new AbortController().signal, onProgress }: SessionOptions = {},
): ReturnType<typeof workOnCampaign> {
  return look(place, async (store) => {
    const config = validateConfig(input, { env: {}, ...KNOWN_NAMES });
    const models = await makeModels(config, await modelServices(place.dataDir));
    const campaign =
      (await findCampaign(store.database, 'latest')) ??
      (await planCampaign(store, { config, models, startPrompts: [DEFAULT_START_PROMPT] }));
    const options: WorkOptions = {
      config,
      models,
      stop,
      ...(onProgress === undefined ? {} : { onProgress }),
    };
    return await workOnCampaign(store, campaign, options);
  });
}
