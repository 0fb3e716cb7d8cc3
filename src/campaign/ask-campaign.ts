import { endWork, findCampaign, setWish } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow, CampaignStatus } from '../store/schema.ts';
import { listWorkersOf } from '../store/workers.ts';
import { pause } from './pause.ts';
import type { Storing } from './storing.ts';

/** What can be asked of a campaign from outside. */
export type StopWish = 'pause' | 'cancel';

const LOOK_MS = 250;

/**
 * Asks whoever works on a campaign to pause or to cancel it; where nobody does, it is done at once.
 *
 * @param isWorkedOn whether this process knows that somebody does; default: whether a live worker says so
 */
export async function askCampaign(
  store: Store,
  campaign: Pick<CampaignRow, 'id' | 'status'>,
  wish: StopWish,
  isWorkedOn?: boolean,
): Promise<void> {
  const { database } = store;
  if (campaign.status === 'running') {
    await setWish(database, campaign.id, wish);
    if (isWorkedOn ?? (await listWorkersOf(database, campaign.id)).length > 0) return;
  }
  await setCampaignAside(store, campaign, wish);
}

/** Cancels or pauses a campaign that nobody works on. */
async function setCampaignAside(
  { database }: Store,
  { id, status }: Pick<CampaignRow, 'id' | 'status'>,
  wish: StopWish,
): Promise<void> {
  const end =
    wish === 'pause'
      ? ({ status: 'paused', ending: 'It was paused with art pause.' } as const)
      : ({ status: 'cancelled', ending: 'It was cancelled with art cancel.' } as const);
  await endWork(database, id, { ...end, finishedAt: null, whatever: status !== 'running' });
}

/** How long workers are waited for that have not said yet that they have left. */
const LEAVING_MS = 15_000;

/**
 * Waits until a campaign is no longer worked on, and every worker has said so.
 *
 * @param storing how the database is asked; default: once
 * @returns where it stands then, or still, when `stop` aborted
 */
export async function untilSetAside(
  store: Store,
  campaignId: string,
  stop: AbortSignal,
  storing: Storing = (ask) => ask(),
): Promise<CampaignStatus> {
  let setAsideAt: number | undefined;
  for (;;) {
    const row = await storing(() => findCampaign(store.database, campaignId));
    const status = row?.status ?? 'cancelled';
    if (stop.aborted) return status;
    if (status !== 'running') {
      setAsideAt ??= performance.now();
      const onIt = await storing(() => listWorkersOf(store.database, campaignId));
      if (onIt.length === 0 || performance.now() - setAsideAt > LEAVING_MS) return status;
    }
    await pause(LOOK_MS, stop);
  }
}
