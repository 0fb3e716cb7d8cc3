import type { Config } from '../config/schema.ts';
import { toModelError } from '../models/failures.ts';
import type { ModelError } from '../models/model-error.ts';
import { findKnownVerdicts } from '../store/known-verdicts.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { changedJudgeNotes } from './changed-judges.ts';
import type { EndpointLimits } from './endpoint.ts';
import { Endpoint } from './endpoint.ts';
import type { CampaignModels } from './make-models.ts';
import { Panel } from './panel.ts';
import type { CampaignProgress } from './progress.ts';
import { ProgressTracker } from './progress-tracker.ts';
import { CampaignQueue } from './queue.ts';
import { type CampaignOutcome, runCampaign } from './run-campaign.ts';
import { storing } from './storing.ts';
import { WorkLoop } from './work-loop.ts';

/** What working on a campaign needs from outside. */
export interface WorkOptions {
  readonly config: Config;
  readonly models: CampaignModels;
  /** Aborts when the campaign is to stop. */
  readonly stop: AbortSignal;
  /** Gets a snapshot now and then. */
  readonly onProgress?: (progress: CampaignProgress) => void;
  /** Hears of what goes wrong without ending the campaign. */
  readonly onWarning?: (message: string) => void;
  /** Every try that failed, also where a later one succeeds; for logs. */
  readonly onProblem?: (endpoint: string, problem: ModelError) => void;
}

/** How often a snapshot is given out. */
const PROGRESS_MS = 100;

/**
 * Works on a planned campaign until it is done or stopped, with this process's clock and dice.
 *
 * @throws {@link StoreError} when nothing can be recorded any more
 */
export async function workOnCampaign(
  store: Store,
  campaign: CampaignRow,
  { config, models, stop, onProgress, onWarning, onProblem }: WorkOptions,
): Promise<CampaignOutcome> {
  const endpoint = (name: 'writer' | 'guide' | 'target', limits: EndpointLimits) =>
    new Endpoint(name, limits, {
      now: () => performance.now(),
      random: Math.random,
      classify: (error) =>
        toModelError(error, {
          role: name,
          provider: config[name].provider,
          url: config[name].baseURL,
          apiKeyEnv: config[name].apiKeyEnv,
        }),
      onProblem: (problem) => onProblem?.(name, problem),
    });
  const endpoints = {
    writer: endpoint('writer', config.writer),
    guide: endpoint('guide', config.guide),
    target: endpoint('target', config.target),
  };
  const loop = new WorkLoop();
  const warned = new Set<string>();
  const warnOnce = (about: string, message: string) => {
    if (warned.has(about)) return;
    warned.add(about);
    onWarning?.(message);
  };
  const warn = (message: string) => warnOnce(message, message);
  const changed = await storing(() => changedJudgeNotes(store.database, campaign.id, models.judges));
  const queue = await storing(() =>
    CampaignQueue.open(store, campaign.id, (error) => warn(`The queue reports: ${String(error)}`)),
  );
  const panel = new Panel(models.judges, {
    rule: config.judges.verdict,
    findKnown: (subject, revisions) => storing(() => findKnownVerdicts(store.database, subject, revisions)),
    onFailure: (judge, message) => warnOnce(judge, `The judge ${judge} failed: ${message}`),
    ...(onProblem === undefined ? {} : { onProblem }),
  });
  try {
    const progress = await storing(() =>
      ProgressTracker.begin(
        store.database,
        campaign,
        [...Object.values(endpoints), ...panel.endpoints],
        Date.now,
        config.judges.verdict,
        panel.names,
      ),
    );
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
      now: () => new Date(),
      warn,
      enqueue: (database, kind, ids) => queue.add(database, kind, ids),
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
      return await runCampaign(world, queue, loop);
    } finally {
      clearInterval(timer);
      stop.removeEventListener('abort', onStop);
      show();
    }
  } finally {
    await queue.close();
  }
}
