import type { Config } from '../config/schema.ts';
import { readOrders } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import { type RequestSums, sumRequests } from '../store/request-statistics.ts';
import type { CampaignRow, CampaignStatus } from '../store/schema.ts';
import { attemptsOf, spentBudget } from './budget.ts';
import type { Storing } from './storing.ts';

/** Why a campaign is stopped that was to go on. */
export interface CampaignStop {
  readonly status: Exclude<CampaignStatus, 'running' | 'done' | 'failed'>;
  /** In one sentence. */
  readonly ending?: string;
  /** The session of work in which that was decided; a later one is not meant. */
  readonly session?: string | null;
}

/** What {@link watchCampaign} needs. */
export interface WatchOptions {
  readonly store: Store;
  readonly campaign: Pick<CampaignRow, 'id'>;
  readonly config: Pick<Config, 'budget' | 'target' | 'writer' | 'guide' | 'judges'>;
  readonly storing: Storing;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Requests that this process has made in this session. */
  readonly requestsHere: () => number;
  /** Hears once that it is to stop. */
  readonly onStop: (stop: CampaignStop) => void;
  /** Hears why it could not be looked; the next look may succeed. */
  readonly onProblem: (error: unknown) => void;
}

const LOOK_MS = 1_000;
/** The same where there is a budget to be overrun meanwhile. */
const LOOK_WITH_BUDGET_MS = 200;
/** Summing up what was spent takes at most this part of the time. */
const SHARE_OF_TIME = 0.05;

/**
 * Looks now and then whether a campaign is to be paused or cancelled, whether somebody else has ended it, and whether
 * its budget is spent.
 *
 * @returns what ends the watch
 */
export function watchCampaign(options: WatchOptions): () => Promise<void> {
  const { store, campaign, config, storing, now, requestsHere, onStop, onProblem } = options;
  let over = false;
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let worked: { readonly seconds: number; readonly at: number } | undefined;
  let sums: readonly RequestSums[] = [];
  /** What was asked before this process came. */
  let askedBefore: number | undefined;
  let sumAt = 0;

  const look = async (): Promise<CampaignStop | undefined> => {
    const orders = await storing(() => readOrders(store.database, campaign.id));
    if (orders === undefined) return { status: 'cancelled', ending: 'It has been removed.' };
    const { session } = orders;
    if (orders.wish === 'cancel') {
      return { status: 'cancelled', ending: 'It was cancelled with art cancel.', session };
    }
    if (orders.wish === 'pause')
      return { status: 'paused', ending: 'It was paused with art pause.', session };
    if (orders.status !== 'running' && orders.status !== 'done' && orders.status !== 'failed') {
      return { status: orders.status, session };
    }
    if (config.budget === undefined) return undefined;
    // The first look tells for how long it was worked on before; from then on no clock that can be set counts.
    worked ??= { seconds: orders.workedSeconds, at: now() };
    if (now() >= sumAt) {
      const begun = now();
      const requests = requestsHere();
      sums = await storing(() => sumRequests(store.database, campaign.id));
      // What this process has asked since it began may stand in the sum or not: it is few by now.
      askedBefore ??= Math.max(0, attemptsOf(sums) - requests);
      sumAt = now() + (now() - begun) / SHARE_OF_TIME;
    }
    const ending = spentBudget(config, {
      sums,
      requestsAtLeast: (askedBefore ?? 0) + requestsHere(),
      workedSeconds: worked.seconds + (now() - worked.at) / 1_000,
    });
    return ending === undefined ? undefined : { status: 'out of budget', ending, session };
  };
  const next = (waitMs: number) => {
    if (over) return;
    timer = setTimeout(() => {
      looking = look()
        .then((stop) => {
          if (stop === undefined || over) return;
          over = true;
          onStop(stop);
        }, onProblem)
        .finally(() => next(config.budget === undefined ? LOOK_MS : LOOK_WITH_BUDGET_MS));
    }, waitMs);
    timer.unref();
  };
  next(0);
  return async () => {
    over = true;
    clearTimeout(timer);
    await looking;
  };
}
