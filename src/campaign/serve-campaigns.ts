import { ArtError, messageOf } from '../errors.ts';
import { closeJudges } from '../judges/registry.ts';
import type { ModelError } from '../models/model-error.ts';
import { listRunningCampaigns, readOrders } from '../store/campaigns.ts';
import { isImagesError } from '../store/images-error.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import type { CampaignModels } from './make-models.ts';
import type { Membership } from './membership.ts';
import { pause } from './pause.ts';
import type { JobDatabase, JobKind } from './queue.ts';
import type { CampaignOutcome, RunOptions } from './run-campaign.ts';
import type { Storing } from './storing.ts';
import { type WorkOptions, workOnCampaign } from './work-on-campaign.ts';

/** A campaign made ready to be worked on. */
export type Prepared = Pick<WorkOptions, 'config'> & { readonly models: CampaignModels };

/** What happens to a campaign at this worker. */
export interface ServeEvents {
  takenUp(campaign: CampaignRow): void;
  left(campaign: CampaignRow, outcome: CampaignOutcome): void;
  /** It cannot be served here, e.g. because a key is missing; others may serve it. */
  refused(campaign: CampaignRow, error: ArtError): void;
  warning(campaign: CampaignRow, message: string): void;
  /** Something of it cannot be stored or read any more, which ends the worker. */
  broken(campaign: CampaignRow): void;
  problem(campaign: CampaignRow, endpoint: string, problem: ModelError): void;
}

/** What a worker serves, and with what. */
export interface ServeOptions extends Pick<RunOptions, 'limits'> {
  readonly membership: Membership;
  readonly jobs: JobDatabase;
  readonly storing: Storing;
  /** Makes a campaign's models from its recorded configuration; throws an `ArtError` where that cannot be done here. */
  readonly prepare: (campaign: CampaignRow) => Promise<Prepared>;
  readonly categories?: ReadonlySet<string> | undefined;
  readonly kinds?: ReadonlySet<JobKind> | undefined;
  /** Addresses of targets (`baseURL`); default: any. */
  readonly targets?: ReadonlySet<string> | undefined;
  /** So many campaigns at once, those with the highest priority. */
  readonly campaignsAtOnce: number;
  /** Whether to end when no campaign is to be worked on. */
  readonly untilIdle: boolean;
  readonly heartbeatSeconds?: number | undefined;
  /** Aborts when the worker is to drain: what is in flight is finished and committed, nothing new begins. */
  readonly stop: AbortSignal;
  readonly events: ServeEvents;
}

const LOOK_MS = 1_000;
/** How long a campaign that could not be served here is left alone. */
const REFUSED_MS = 60_000;

/**
 * Works on whatever campaigns of a database are running, several at once, until it is stopped.
 *
 * @returns the campaigns that were running when it ended and are not served here
 * @throws {@link StoreError} when nothing can be recorded any more
 */
export async function serveCampaigns(store: Store, options: ServeOptions): Promise<readonly CampaignRow[]> {
  const { stop, storing, events, campaignsAtOnce, untilIdle } = options;
  const halt = new AbortController();
  const ending = AbortSignal.any([stop, halt.signal]);
  const sessions = new Map<string, Promise<void>>();
  const refusedUntil = new Map<string, number>();
  const errors: unknown[] = [];
  let notServed: readonly CampaignRow[] = [];

  const serve = async (campaign: CampaignRow) => {
    let prepared: Prepared;
    try {
      prepared = await options.prepare(campaign);
    } catch (error) {
      if (!(error instanceof ArtError)) throw error;
      refusedUntil.set(campaign.id, performance.now() + REFUSED_MS);
      events.refused(campaign, error);
      return;
    }
    try {
      if (!servesTarget(options, prepared) || !servesCategories(options, prepared)) {
        refusedUntil.set(campaign.id, Number.POSITIVE_INFINITY);
        return;
      }
      events.takenUp(campaign);
      const outcome = await workOnCampaign(store, campaign, {
        ...prepared,
        takeUp: false,
        stop: ending,
        membership: options.membership,
        jobs: options.jobs,
        limits: options.limits,
        kinds: options.kinds,
        categories: options.categories,
        heartbeatSeconds: options.heartbeatSeconds,
        onWarning: (message) => events.warning(campaign, message),
        onProblem: (endpoint, problem) => events.problem(campaign, endpoint, problem),
      });
      events.left(campaign, outcome);
    } catch (error) {
      // Others may reach the pictures, and this worker too in a while.
      if (!(error instanceof ArtError) || !isImagesError(error)) throw error;
      refusedUntil.set(campaign.id, performance.now() + REFUSED_MS);
      events.refused(campaign, error);
    } finally {
      await closeJudges(prepared.models.judges);
    }
  };

  /** Whatever fails where a campaign has been removed meanwhile says nothing about the others. */
  const fail = async (campaign: CampaignRow, error: unknown) => {
    const isRemoved = await readOrders(store.database, campaign.id).then(
      (orders) => orders === undefined,
      () => false,
    );
    if (isRemoved) return events.warning(campaign, 'It has been removed.');
    if (errors.length === 0) events.broken(campaign);
    errors.push(error);
    halt.abort();
  };
  const look = async () => {
    const running = await storing(() => listRunningCampaigns(store.database));
    const known = new Set(running.map(({ id }) => id));
    for (const id of refusedUntil.keys()) if (!known.has(id)) refusedUntil.delete(id);
    const isRefused = ({ id }: CampaignRow) => performance.now() < (refusedUntil.get(id) ?? 0);
    notServed = running.filter(isRefused);
    const wanted = running.filter((campaign) => !isRefused(campaign)).slice(0, campaignsAtOnce);
    for (const campaign of wanted) {
      if (sessions.has(campaign.id)) continue;
      // One that has begun is not left for a more urgent one: that goes first at every endpoint all the same.
      if (sessions.size >= campaignsAtOnce) break;
      const session = serve(campaign)
        .catch((error: unknown) => fail(campaign, error))
        .finally(() => sessions.delete(campaign.id));
      sessions.set(campaign.id, session);
    }
    return wanted.length;
  };

  try {
    while (!ending.aborted) {
      const wanted = await look();
      if (untilIdle && wanted === 0 && sessions.size === 0) break;
      await pause(LOOK_MS, ending);
    }
  } catch (error) {
    errors.push(error);
    halt.abort();
  }
  await Promise.all(sessions.values());
  if (errors.length > 0) throw errors[0];
  return notServed;
}

function servesTarget({ targets }: Pick<ServeOptions, 'targets'>, { config }: Prepared): boolean {
  if (targets === undefined) return true;
  const address = config.target.baseURL;
  return address !== undefined && targets.has(withoutSlash(address));
}

function servesCategories({ categories }: Pick<ServeOptions, 'categories'>, { models }: Prepared): boolean {
  return categories === undefined || models.categories.some(({ name }) => categories.has(name));
}

/** An address as it is compared: the slash at its end says nothing. */
export function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

/** What is told of a campaign that cannot be served here. */
export function refusalText(error: ArtError): string {
  return [messageOf(error), error.hint].filter((part) => part !== undefined).join(' ');
}
