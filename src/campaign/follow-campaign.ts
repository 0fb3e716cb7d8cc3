import type { Config } from '../config/schema.ts';
import { beginWork, findCampaign, reopenConversations } from '../store/campaigns.ts';
import { countCampaign } from '../store/counts.ts';
import { forgetFailedEvaluations } from '../store/evaluation.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { listLiveWorkers, worksOn } from '../store/workers.ts';
import type { CampaignModels } from './make-models.ts';
import { pause } from './pause.ts';
import type { CampaignProgress } from './progress.ts';
import { ProgressTracker } from './progress-tracker.ts';
import type { CampaignOutcome } from './run-campaign.ts';
import { patientStoring } from './storing.ts';

/** What {@link followCampaign} needs. */
export interface FollowCampaignOptions {
  readonly config: Config;
  readonly models: Pick<CampaignModels, 'judges'>;
  /** Aborts when nobody looks any more; the campaign goes on. */
  readonly stop: AbortSignal;
  readonly onProgress?: ((progress: CampaignProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

const LOOK_MS = 1_000;
const PROGRESS_MS = 250;
/** After so long without a worker at work, that is said; once, until one comes. */
const LONELY_MS = 10_000;

/** Has workers take up a campaign, and whatever failed in it. */
export async function offerCampaign(store: Store, campaignId: string): Promise<void> {
  await store.database.transaction(async (transaction) => {
    await reopenConversations(transaction, campaignId);
    await forgetFailedEvaluations(transaction, campaignId);
    await beginWork(transaction, campaignId);
  });
}

/**
 * Shows how others work on a campaign of a server, until it has ended or nobody looks any more.
 *
 * @throws {@link StoreError} when the database cannot be read any more
 */
export async function followCampaign(
  store: Store,
  campaign: CampaignRow,
  { config, models, stop, onProgress, onWarning }: FollowCampaignOptions,
): Promise<CampaignOutcome> {
  const storing = patientStoring({
    now: () => performance.now(),
    stop,
    onOutage: (message) => onWarning?.(message),
  });
  const names = {
    prompt: models.judges.prompt.map(({ name }) => name),
    image: models.judges.image.map(({ name }) => name),
  };
  const progress = await storing(() =>
    ProgressTracker.begin(store.database, campaign, [], Date.now, config.judges.verdict, names),
  );
  const unfollow = progress.follow(store.database, undefined, {
    storing,
    onProblem: (error) => onWarning?.(`The progress is not known: ${String(error)}`),
  });
  const show = () => onProgress?.(progress.snapshot());
  const timer = setInterval(show, PROGRESS_MS);
  let lonelySince = performance.now();
  try {
    for (;;) {
      const row = await storing(() => findCampaign(store.database, campaign.id));
      const status = row?.status ?? 'cancelled';
      if (status !== 'running' || stop.aborted) {
        const counts = await storing(() => countCampaign(store.database, campaign.id));
        if (status === 'running') return { status: 'interrupted', counts, goesOn: true };
        return { status, counts, ending: row?.ending ?? undefined };
      }
      const workers = await storing(() => listLiveWorkers(store.database));
      if (workers.some((worker) => worksOn(worker, campaign.id))) lonelySince = performance.now();
      if (performance.now() - lonelySince > LONELY_MS) {
        lonelySince = Number.POSITIVE_INFINITY;
        onWarning?.(
          workers.length === 0
            ? 'No worker is there. Start one on the same database, here or elsewhere, with: art worker'
            : 'None of the workers that are there works on this campaign: they may have no room for it, or lack a key or a file. What they print says so.',
        );
      }
      await pause(LOOK_MS, stop);
    }
  } finally {
    clearInterval(timer);
    await unfollow();
    show();
  }
}
