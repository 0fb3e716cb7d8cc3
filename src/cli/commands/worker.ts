import { InvalidArgumentError } from 'commander';
import { Membership, newWorkerId } from '../../campaign/membership.ts';
import { HEARTBEAT_SECONDS, type JobKind, openJobDatabase } from '../../campaign/queue.ts';
import { type Prepared, serveCampaigns, withoutSlash } from '../../campaign/serve-campaigns.ts';
import { patientStoring, storing } from '../../campaign/storing.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { claimImages } from '../../store/claim-images.ts';
import { StoredEmbeddings } from '../../store/embeddings.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { startTelemetry } from '../../telemetry/start-telemetry.ts';
import { loadConfigOf } from '../load.ts';
import { makeModelsOf } from '../make-models-of.ts';
import { artCommand, type CommonOptions, openStoreOf } from '../options.ts';
import { reportError } from '../report-error.ts';
import { configForWorker } from '../worker-config.ts';
import { workerEvents } from '../worker-events.ts';
import { openWorkerLog, type WorkerLog } from '../worker-log.ts';
import { serveStatusOf } from '../worker-status.ts';

interface WorkerOptions extends CommonOptions {
  readonly concurrency?: number;
  readonly campaigns: number;
  readonly categories?: readonly string[];
  readonly jobs?: readonly JobKind[];
  readonly targets?: readonly string[];
  readonly config: readonly string[];
  readonly host: string;
  readonly port?: number;
  readonly untilIdle?: boolean;
  readonly heartbeat: number;
  readonly log?: 'json' | 'text';
}

/** `art worker`: works on the campaigns of a PostgreSQL server, beside any number of others. */
export function workerCommand() {
  return artCommand('worker')
    .summary('work on the campaigns of a server, beside other workers')
    .description(
      'Works on whatever campaigns are running in a PostgreSQL database, on as many machines as you like. SIGTERM and Ctrl-C drain it: what is in flight is finished and stored, the rest goes to others.',
    )
    .option(
      '--concurrency <n>',
      'conversations at once, of each campaign; default: as the endpoints allow',
      positive,
    )
    .option('--campaigns <n>', 'campaigns at once, those with the highest priority', positive, 4)
    .option('--categories <names>', 'only the work of these categories, with commas between', words)
    .option('--jobs <kinds>', 'only conversation or only evaluation', kinds)
    .option('--targets <urls>', 'only campaigns whose target has one of these addresses', words)
    .option(
      '--config <file>',
      'a configuration with strategies or judges of your own, for the campaigns that use them; may be given again',
      (file: string, before: readonly string[]) => [...before, file],
      [],
    )
    .option('--host <host>', 'where /healthz, /readyz and /metrics are served', '127.0.0.1')
    .option('--port <n>', 'serve them on this port; 0 for a free one', port)
    .option('--until-idle', 'end when no campaign is running')
    .option(
      '--heartbeat <seconds>',
      'after so long without a sign of life its work goes to others; at least 10',
      heartbeat,
      HEARTBEAT_SECONDS,
    )
    .option('--log <format>', 'text, or json: one object a line', logFormat)
    .action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  if (options.database === undefined) {
    throw new UsageError({
      code: 'NO_DATABASE',
      message: 'A worker needs a PostgreSQL server: an embedded database takes one process at a time.',
      hint: 'Name it with --database postgres://… or ART_DATABASE. On one machine alone, art run does all the work itself.',
    });
  }
  // One that is broken is told at once, not as the refusal of every campaign.
  for (const file of options.config) await loadConfigOf(file);
  const worker = newWorkerId();
  const format = options.log ?? (options.json ? 'json' : 'text');
  const log = openWorkerLog(format, options.quiet === true, { worker });
  const stop = new AbortController();
  const drain = () => {
    if (stop.signal.aborted) process.exit(130);
    log.say('Draining: what is in flight is finished and stored. Once more ends at once.');
    stop.abort();
  };
  process.on('SIGINT', drain);
  process.on('SIGTERM', drain);
  let brokenAt: string | undefined;
  const onBroken = (campaignId: string) => {
    brokenAt = campaignId;
  };
  try {
    const store = await openStoreOf(options, 'worker');
    try {
      await storing(() => claimImages(store));
      await serve(store, { ...options, id: worker, onBroken }, stop.signal, log);
    } finally {
      await store.close();
    }
  } catch (error) {
    process.exitCode = reportError(error, process.argv, { worker, campaign: brokenAt });
  } finally {
    process.off('SIGINT', drain);
    process.off('SIGTERM', drain);
    log.close();
  }
}

async function serve(
  store: Store,
  options: WorkerOptions & { readonly id: string; readonly onBroken: (campaignId: string) => void },
  stop: AbortSignal,
  log: WorkerLog,
): Promise<void> {
  const serves = {
    ...(options.categories === undefined ? {} : { categories: options.categories }),
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    ...(options.targets === undefined ? {} : { targets: options.targets }),
  };
  const membership = await Membership.join(store, {
    id: options.id,
    command: 'worker',
    serves,
    onProblem: log.problem,
  });
  // `--database` was asked for, so the store is on a server.
  if (membership === undefined) throw new Error('An embedded store has no workers.');
  await using resources = new AsyncDisposableStack();
  resources.defer(() => membership.leave());
  const onDrain = () => {
    membership.draining = true;
  };
  stop.addEventListener('abort', onDrain, { once: true });
  const telemetry = await startTelemetry({
    env: process.env,
    configDir: process.cwd(),
    worker: membership.id,
    scraped: options.port !== undefined,
    onProblem: log.problem,
  });
  resources.defer(() => telemetry.stop());
  const jobs = await openJobDatabase(store, (error) => log.problem(`The queue reports: ${messageOf(error)}`));
  resources.defer(() => jobs.close());
  const status = await serveStatusOf(store, membership, options);
  if (status !== undefined) resources.defer(() => status.close());
  const embeddings = new StoredEmbeddings();
  embeddings.attach(store.database);
  resources.defer(() => embeddings.attach(undefined));

  log.say(`Worker ${membership.id} is ready for the campaigns in ${store.location}.`);
  if (status !== undefined) log.say(`Its status is at ${status.url}/healthz, /readyz and /metrics.`);
  if (options.images === undefined) {
    log.say(
      `Pictures are stored in ${store.images.location} on this machine; workers on several need one place for all: --images s3://…`,
    );
  }
  const notServed = await serveCampaigns(store, {
    membership,
    jobs,
    storing: patientStoring({ now: () => performance.now(), stop, onOutage: log.problem }),
    prepare: (campaign) => prepare(campaign, options, embeddings),
    campaignsAtOnce: options.campaigns,
    untilIdle: options.untilIdle === true,
    heartbeatSeconds: options.heartbeat,
    limits:
      options.concurrency === undefined
        ? {}
        : { conversation: options.concurrency, evaluation: options.concurrency },
    categories: setOf(options.categories),
    kinds: setOf(options.jobs),
    targets: setOf(options.targets?.map(withoutSlash)),
    stop,
    events: workerEvents(log, options.onBroken),
  });
  if (stop.aborted) log.say('Drained; nothing is lost.');
  else if (notServed.length === 0) log.say('No campaign is running any more.');
  else {
    const names = notServed.map(({ name, id }) => `${name} (${id})`).join(', ');
    log.problem(
      `Still running, and not served by this worker: ${names}. Look at --categories, --targets and what was said above.`,
      { campaigns: notServed.map(({ id }) => id) },
    );
    process.exitCode = 1;
  }
}

async function prepare(
  campaign: CampaignRow,
  options: WorkerOptions,
  embeddings: StoredEmbeddings,
): Promise<Prepared> {
  const { config, directory } = await configForWorker(campaign, options.config);
  return { config, models: await makeModelsOf(config, directory, { ...options, quiet: true }, embeddings) };
}

function setOf<Item>(items: readonly Item[] | undefined): ReadonlySet<Item> | undefined {
  return items === undefined ? undefined : new Set(items);
}

function positive(word: string): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number >= 1 && number <= 100_000) return number;
  throw new InvalidArgumentError('A whole number from 1 on is expected.');
}

function port(word: string): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number <= 65_535) return number;
  throw new InvalidArgumentError('A port is a number up to 65535; 0 stands for a free one.');
}

function heartbeat(word: string): number {
  const seconds = positive(word);
  if (seconds >= 10 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Whole seconds from 10 to 3600 are expected.');
}

function words(list: string): string[] {
  const items = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length > 0) return items;
  throw new InvalidArgumentError('At least one is expected.');
}

function kinds(list: string): JobKind[] {
  return words(list).map((word) => {
    if (word === 'conversation' || word === 'evaluation') return word;
    throw new InvalidArgumentError('The kinds are conversation and evaluation.');
  });
}

function logFormat(word: string): 'json' | 'text' {
  if (word === 'json' || word === 'text') return word;
  throw new InvalidArgumentError('The formats are text and json.');
}
