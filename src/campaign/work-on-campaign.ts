import type { Config } from '../config/schema.ts';
import { messageOf } from '../errors.ts';
import type { ModelError } from '../models/model-error.ts';
import { steadyNow } from '../steady-clock.ts';
import { claimImages } from '../store/claim-images.ts';
import { countCampaign } from '../store/counts.ts';
import { findKnownVerdicts } from '../store/known-verdicts.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { observeCampaign } from '../telemetry/campaigns-under-work.ts';
import { countFailedTry } from '../telemetry/observe-request.ts';
import { callSoonAfter } from './call-soon-after.ts';
import { campaignEndpoints, sharedSlots } from './campaign-endpoints.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { changedJudgeNotes } from './changed-judges.ts';
import { Interrupted } from './interrupted.ts';
import type { CampaignModels } from './make-models.ts';
import { Membership } from './membership.ts';
import { Panel } from './panel.ts';
import type { CampaignProgress } from './progress.ts';
import { ProgressTracker } from './progress-tracker.ts';
import { CampaignQueue, type JobDatabase, openJobDatabase } from './queue.ts';
import { type CampaignOutcome, type RunOptions, runCampaign } from './run-campaign.ts';
import { patientStoring, storing as plainStoring, type Storing } from './storing.ts';
import { type CampaignStop, watchCampaign } from './watch-campaign.ts';
import { WorkLoop } from './work-loop.ts';

/** What working on a campaign needs from outside. */
export interface WorkOptions extends RunOptions {
  readonly config: Config;
  readonly models: CampaignModels;
  /** Aborts when this process is to stop. */
  readonly stop: AbortSignal;
  /** The categories whose work is done; default: all. */
  readonly categories?: ReadonlySet<string> | undefined;
  /** This process among other workers, where it is known already. */
  readonly membership?: Membership | undefined;
  /** Where jobs are, where they are open already. */
  readonly jobs?: JobDatabase | undefined;
  /** How long a worker may be silent before its jobs go to others, in seconds. */
  readonly heartbeatSeconds?: number | undefined;
  /** Gets a snapshot now and then. */
  readonly onProgress?: (progress: CampaignProgress) => void;
  /** Hears of what goes wrong without ending the campaign. */
  readonly onWarning?: (message: string) => void;
  /** Every try that failed, also where a later one succeeds; for logs. */
  readonly onProblem?: (endpoint: string, problem: ModelError) => void;
}

/** How often a worker looks at what the others do. */
const UNWATCHED_FOLLOW_MS = 15_000;
/** How long pictures are still tried to be stored when the campaign is to stop. */
const LAST_CALL_MS = 10_000;
/** How often a snapshot is given out. */
const PROGRESS_MS = 100;

/**
 * Works on a planned campaign until it is done or stopped, with this process's clock and dice. On a server it does so
 * beside other workers.
 *
 * @throws {@link StoreError} when nothing can be recorded any more
 */
export async function workOnCampaign(
  store: Store,
  campaign: CampaignRow,
  options: WorkOptions,
): Promise<CampaignOutcome> {
  const { onWarning } = options;
  const warned = new Set<string>();
  const warnOnce = (about: string, message: string) => {
    if (warned.has(about)) return;
    warned.add(about);
    onWarning?.(message);
  };
  const warn = (message: string) => warnOnce(message, message);
  const storing =
    store.kind === 'server'
      ? patientStoring({
          now: () => performance.now(),
          stop: options.stop,
          onOutage: (message) => onWarning?.(message),
        })
      : plainStoring;
  await using resources = new AsyncDisposableStack();
  const membership =
    options.membership ??
    (await storing(() =>
      Membership.join(store, { command: 'run', serves: { campaigns: [campaign.id] }, onProblem: warn }),
    ));
  if (membership !== undefined && options.membership === undefined) resources.defer(() => membership.leave());
  const jobs =
    options.jobs ??
    (await storing(() => openJobDatabase(store, (error) => warn(`The queue reports: ${messageOf(error)}`))));
  if (options.jobs === undefined) resources.defer(() => jobs.close());
  const shared = sharedSlots(membership);
  resources.defer(() => shared.release());
  return await work(store, campaign, { ...options, membership, jobs }, { storing, shared, warn, warnOnce });
}

/** What {@link workOnCampaign} has made ready. */
interface Ready {
  readonly storing: Storing;
  readonly shared: ReturnType<typeof sharedSlots>;
  readonly warn: (message: string) => void;
  readonly warnOnce: (about: string, message: string) => void;
}

async function work(
  store: Store,
  campaign: CampaignRow,
  options: WorkOptions & { readonly jobs: JobDatabase },
  { storing, shared, warn, warnOnce }: Ready,
): Promise<CampaignOutcome> {
  const { config, models, onProgress, onWarning, membership } = options;
  const onProblem = (endpoint: string, problem: ModelError) => {
    countFailedTry(endpoint, problem.code);
    options.onProblem?.(endpoint, problem);
  };
  const halt = new AbortController();
  const stop = AbortSignal.any([options.stop, halt.signal]);
  let stopped: CampaignStop | undefined;
  const endpoints = campaignEndpoints(config, shared.slotsFor, onProblem);
  const panel = new Panel(models.judges, {
    rule: config.judges.verdict,
    slotsFor: shared.slotsFor,
    findKnown: (subject, revisions) => storing(() => findKnownVerdicts(store.database, subject, revisions)),
    onFailure: (judge, message) => warnOnce(judge, `The judge ${judge} failed: ${message}`),
    onProblem,
  });
  const all = [...Object.values(endpoints), ...panel.endpoints];
  const loop = new WorkLoop();
  const changed = await storing(() => changedJudgeNotes(store.database, campaign.id, models.judges));
  await using resources = new AsyncDisposableStack();
  const lastCall = callSoonAfter(stop, LAST_CALL_MS);
  resources.defer(() => lastCall.cancel());
  try {
    await storing(() => claimImages(store, { signal: lastCall.signal }));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { status: 'interrupted', counts: await storing(() => countCampaign(store.database, campaign.id)) };
  }
  const queue = await storing(() =>
    CampaignQueue.open(options.jobs, store.kind, {
      campaignId: campaign.id,
      categories: models.categories.map(({ name }) => name),
      serves: options.categories,
      heartbeatSeconds: options.heartbeatSeconds,
      onError: (error) => warn(`The queue reports: ${messageOf(error)}`),
    }),
  );
  resources.defer(() => queue.close());
  const progress = await storing(() =>
    ProgressTracker.begin(store.database, campaign, all, steadyNow, config.judges.verdict, panel.names),
  );
  resources.defer(
    observeCampaign(campaign.id, () => ({ ...progress.doing(), findings: progress.snapshot().findings })),
  );
  if (membership !== undefined) {
    const silence = membership.tell(campaign.id, () => progress.doing());
    resources.defer(() => void silence());
    resources.defer(
      progress.follow(store.database, membership.id, {
        storing,
        onProblem: (error) => warn(`The progress of others is not known: ${messageOf(error)}`),
        // Where nobody watches, it is for whoever scrapes metrics now and then.
        ...(onProgress === undefined ? { everyMs: UNWATCHED_FOLLOW_MS } : {}),
      }),
    );
  }
  const watch = () =>
    watchCampaign({
      store,
      campaign,
      config,
      storing,
      now: () => performance.now(),
      requestsHere: () => all.reduce((sum, { state }) => sum + state.requests, 0),
      onStop: (reason) => {
        // Told with the outcome.
        stopped = reason;
        halt.abort();
      },
      onProblem: (error) => warn(`The campaign's orders could not be read: ${messageOf(error)}`),
    });
  const world: CampaignWorld = {
    campaign,
    config,
    categories: new Map(models.categories.map((category) => [category.name, category])),
    strategy: models.strategy,
    store,
    models,
    templates: models.templates,
    endpoints,
    panel,
    progress,
    stop,
    lastCall: lastCall.signal,
    watch,
    stopped: () => stopped,
    storing,
    othersWork: async () => (await membership?.othersWorkOn(campaign.id)) ?? false,
    now: () => new Date(),
    warn,
    enqueue: (database, kind, work) => queue.add(database, kind, work),
    workAdded: (kind) => loop.notify(kind),
  };
  const show = () => onProgress?.(progress.snapshot());
  const timer = setInterval(show, PROGRESS_MS);
  const onStop = () => {
    progress.stop();
    show();
  };
  stop.addEventListener('abort', onStop, { once: true });
  show();
  // After the first snapshot: a display may say until then that it is being prepared.
  for (const note of [...changed, ...(models.sweepNotes ?? [])]) onWarning?.(note);
  try {
    return await runCampaign(world, queue, loop, options);
  } finally {
    clearInterval(timer);
    stop.removeEventListener('abort', onStop);
    show();
  }
}
