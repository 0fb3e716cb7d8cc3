/** What the gauges read of a campaign. */
export interface CampaignLook {
  /** Conversations that this process holds. */
  readonly running: number;
  readonly findings: number;
  readonly endpoints: readonly {
    readonly name: string;
    readonly inFlight: number;
    readonly waiting: number;
    readonly limit: number;
    readonly breakerOpen: boolean;
  }[];
}

interface WatchedCampaign {
  readonly id: string;
  readonly look: () => CampaignLook;
}

const watched = new Set<WatchedCampaign>();

/**
 * Lets the gauges see a campaign while this process works on it.
 *
 * @param id of the campaign
 * @param look how it stands now; asked whenever the metrics are read
 * @returns ends it
 */
export function observeCampaign(id: string, look: () => CampaignLook): () => void {
  const campaign = { id, look };
  watched.add(campaign);
  return () => void watched.delete(campaign);
}

/** The campaigns that this process works on. */
export function campaignsUnderWork(): Iterable<WatchedCampaign> {
  return watched;
}
